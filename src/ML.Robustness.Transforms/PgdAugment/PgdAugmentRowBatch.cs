using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The rows that a cursor attacks at once: features and labels, then examples and verdicts.</summary>
internal sealed class PgdAugmentRowBatch
{
    private readonly PgdAugmentParameters _attack;
    private readonly DataViewRow _row;
    private readonly FeatureBlock _block;
    private readonly Func<int> _label;
    private readonly Func<int>? _target;
    private readonly long[] _numbers, _labels, _targets;
    private readonly float[] _examples;
    private readonly byte[] _byteExamples;

    internal PgdAugmentRowBatch(
        PgdAugmentParameters attack, DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, int capacity)
    {
        _attack = attack;
        _row = row;
        _block = FeatureBlock.Over(row, inputs[0], attack.Features, capacity);
        _label = attack.ReaderOf(row, attack.LabelColumnName);
        _target = attack.Target.ColumnName is { } target ? attack.ReaderOf(row, target) : null;
        (_numbers, _labels, _targets) = (new long[capacity], new long[capacity], new long[capacity]);
        var values = capacity * attack.Features.Shape.Length;
        _examples = new float[attack.Features.IsBytes ? 0 : values];
        _byteExamples = new byte[attack.Features.IsBytes ? values : 0];
        (Success, Distances, PredictedKeys) = (new bool[capacity], new float[capacity], new uint[capacity]);
    }

    internal bool[] Success { get; }

    internal float[] Distances { get; }

    internal uint[] PredictedKeys { get; }

    /// <summary>Reads the cursor's current row and returns its position in the batch.</summary>
    internal int Add(long number)
    {
        var place = _block.Count;
        (_numbers[place], _labels[place]) = (number, _label());
        if (_target is not null)
            _targets[place] = Target(_labels[place]);
        _block.Add();
        _block.CheckFinite();
        return place;
    }

    internal void Clear() => _block.Clear();

    internal void Compute()
    {
        var count = _block.Count;
        if (count == 0)
            return;
        using var scope = NewDisposeScope();
        var found = _attack.Run(_block, _labels[..count], _target is null ? null : _targets[..count], _numbers[..count]);
        if (_attack.Features.IsBytes)
            Copy(found.Inputs.mul(Kept(255)).round_(), ScalarType.Byte, _byteExamples.AsSpan());
        else
            Copy(found.Inputs, ScalarType.Float32, _examples.AsSpan());
        Copy(found.Success, ScalarType.Bool, Success.AsSpan());
        Copy(found.Distances, ScalarType.Float32, Distances.AsSpan());
        Copy(found.Predictions.add(Kept(1), One), ScalarType.Int32, PredictedKeys.AsSpan());
    }

    /// <summary>A getter of the examples.</summary>
    /// <param name="place">Gives the place of the row asked for, and makes sure of its values.</param>
    internal Delegate ExampleGetter(Func<int> place) =>
        _attack.Features.IsBytes
            ? VectorValues.Getter(_byteExamples, _attack.Features.Shape.Length, place)
            : VectorValues.Getter(_examples, _attack.Features.Shape.Length, place);

    private int Target(long label)
    {
        var target = _target!();
        return target != label ? target : throw new InvalidOperationException(
            $"Row {_row.Position} has target {target} in column '{_attack.Target.ColumnName}', which is its own label in " +
                $"column '{_attack.LabelColumnName}': there is nothing to attack. Give each row a class other than its own, or " +
                "filter such rows out first.");
    }

    private static void Copy<T>(Tensor values, ScalarType type, Span<T> place) where T : struct =>
        values.to(type).cpu().contiguous().bytes.CopyTo(MemoryMarshal.AsBytes(place));
}

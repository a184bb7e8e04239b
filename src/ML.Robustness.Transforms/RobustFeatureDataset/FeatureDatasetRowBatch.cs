using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The rows that a cursor processes at once: features and labels, then the new ones.</summary>
internal sealed class FeatureDatasetRowBatch : RowBatch
{
    private readonly FeatureDatasetParameters _parameters;
    private readonly FeatureDatasetColumns _outputs;
    private readonly FeatureBlock _block;
    private readonly Func<int> _label;
    private readonly DataViewType _labelType;
    private readonly float[] _labelOf;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly long[] _numbers, _labels, _newLabels, _starts;
    private readonly float[] _features, _distances;
    private readonly byte[] _bytes;
    private readonly bool[] _success, _ensembleRight, _isKept;
    private DataViewRowId _id;

    internal FeatureDatasetRowBatch(
        FeatureDatasetParameters parameters,
        FeatureDatasetColumns outputs,
        DataViewRow row,
        IReadOnlyList<DataViewSchema.Column> inputs,
        int capacity)
    {
        _parameters = parameters;
        _outputs = outputs;
        _block = FeatureBlock.Over(row, inputs[0], parameters.Features, capacity);
        _label = parameters.LabelReader(row);
        (_labelType, _labelOf) = (inputs[1].Type, parameters.LabelsOf(inputs[1]));
        _getId = row.GetIdGetter();
        (_numbers, _labels, _newLabels, _starts) = (new long[capacity], new long[capacity], new long[capacity],
            new long[capacity]);
        var values = capacity * parameters.Features.Shape.Length;
        _features = new float[parameters.Features.IsBytes ? 0 : values];
        _bytes = new byte[parameters.Features.IsBytes ? values : 0];
        _distances = new float[capacity];
        (_success, _ensembleRight, _isKept) = (new bool[capacity], new bool[capacity], new bool[capacity]);
    }

    internal override Delegate CreateGetter(int output, Func<int> row) => _outputs[output] switch
    {
        FeatureDatasetColumns.Output.Features => _parameters.Features.IsBytes
            ? VectorValues.Getter(_bytes, _parameters.Features.Shape.Length, row)
            : VectorValues.Getter(_features, _parameters.Features.Shape.Length, row),
        FeatureDatasetColumns.Output.Label => _labelType switch
        {
            KeyDataViewType => new ValueGetter<uint>((ref uint value) => value = (uint)_labelOf[_newLabels[row()]] + 1),
            BooleanDataViewType => new ValueGetter<bool>((ref bool value) => value = _labelOf[_newLabels[row()]] == 1),
            _ => new ValueGetter<float>((ref float value) => value = _labelOf[_newLabels[row()]]),
        },
        FeatureDatasetColumns.Output.StartIndex => new ValueGetter<long>((ref long value) => value = _starts[row()]),
        FeatureDatasetColumns.Output.FeatureDistance => new ValueGetter<float>((ref float value) => value = _distances[row()]),
        FeatureDatasetColumns.Output.Success => new ValueGetter<bool>((ref bool value) => value = _success[row()]),
        FeatureDatasetColumns.Output.EnsembleCorrect => new ValueGetter<bool>((ref bool value) => value = _ensembleRight[row()]),
        _ => new ValueGetter<bool>((ref bool value) => value = _isKept[row()]),
    };

    private protected override void Read(int row)
    {
        _getId(ref _id);
        (_numbers[row], _labels[row]) = (RowIdHash.Of(_id), _label());
        _block.Add();
        _block.CheckFinite();
    }

    private protected override void Reset() => _block.Clear();

    private protected override void Compute()
    {
        var count = _block.Count;
        if (count == 0)
            return;
        using var scope = NewDisposeScope();
        var made = _parameters.Run(_block, _labels[..count], _numbers[..count]);
        // Where rows are dropped, those that stay go to their own places; the others' values are never asked for.
        var places = made.Positions;
        Array.Fill(_isKept, places is null);
        var length = _parameters.Features.Shape.Length;
        var features = made.Inputs.flatten(1);
        if (_parameters.Features.IsBytes)
            Copy(features.mul(Kept(255)).round_(), ScalarType.Byte, _bytes, length, places);
        else
            Copy(features, ScalarType.Float32, _features, length, places);
        Copy(made.Labels, ScalarType.Int64, _newLabels, 1, places);
        foreach (var place in places ?? [])
            _isKept[place] = true;
        made.InitialRows?.ToArray().CopyTo(_starts, 0);
        Copy(made.FeatureDistances, ScalarType.Float32, _distances, 1, null);
        Copy(made.Success, ScalarType.Bool, _success, 1, null);
        Copy(made.EnsembleCorrect, ScalarType.Bool, _ensembleRight, 1, null);
    }

    private static void Copy<T>(
        Tensor? values, ScalarType type, T[] target, int length, IReadOnlyList<long>? places) where T : struct
    {
        if (values is null || places is { Count: 0 })
            return;
        var found = MemoryMarshal.Cast<byte, T>(values.to(type).cpu().contiguous().bytes);
        if (places is null)
        {
            found.CopyTo(target);
            return;
        }

        for (var i = 0; i < places.Count; i++)
            found.Slice(i * length, length).CopyTo(target.AsSpan((int)places[i] * length));
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ML.Robustness.Numerics;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>The ranges of a row's values: one for all features, or one for each.</summary>
internal sealed class FeatureRanges
{
    private const int Shown = 16;

    private FeatureRanges(ValueRange hull, ValueRange[]? each) => (Hull, Each) = (hull, each);

    /// <summary>The range of all values: the hull of the ranges where each feature has its own.</summary>
    public ValueRange Hull { get; }

    /// <summary>The range of each feature; null where all have one.</summary>
    public ValueRange[]? Each { get; }

    /// <summary>Whether no feature has a bound; the hull of bounded ranges may have none.</summary>
    public bool IsUnbounded => Each is null ? Hull.IsUnbounded : Array.TrueForAll(Each, static range => range.IsUnbounded);

    public static implicit operator FeatureRanges(ValueRange range) => new(range, null);

    /// <summary>One range for all features.</summary>
    public static FeatureRanges Of(ValueRange? range)
    {
        // default(ValueRange) is [0, 0]: it went round the constructor, so it is told apart here.
        if (range is { } given && !(given.Minimum < given.Maximum))
            throw new ArgumentOutOfRangeException(nameof(range), $"A range needs a minimum below its maximum, got {given}.");
        return range ?? ValueRange.Unit;
    }

    /// <summary>A range for each feature.</summary>
    public static FeatureRanges Of(ValueRange[] ranges)
    {
        if (ranges.Length == 0)
            throw new ArgumentException("There are no ranges: give one for each feature of a row.", nameof(ranges));
        for (var feature = 0; feature < ranges.Length; feature++)
        {
            if (!(ranges[feature].Minimum < ranges[feature].Maximum))
                throw new ArgumentException(
                    $"A range needs a minimum below its maximum, but feature {feature} has {ranges[feature]}. Give "
                    + "ValueRange.Unbounded to a feature without bounds, and a budget of zero to one that is fixed.",
                    nameof(ranges));
        }
        return new(
            new ValueRange(ranges.Min(static range => range.Minimum), ranges.Max(static range => range.Maximum)), ranges);
    }

    /// <summary>Clamps values to the ranges, in place.</summary>
    public Tensor Clamp(Tensor values) => IsUnbounded
        ? values
        : Each is null ? values.clamp_(Kept(Hull.Minimum), Kept(Hull.Maximum)) : values.clamp_(Minimum(values), Maximum(values));

    /// <summary>The room of each value up or down to its bound, (N, …): infinity without one.</summary>
    public Tensor Room(Tensor values, Tensor upwards) => Each is null
        ? where(upwards, values.neg().add_(Kept(Hull.Maximum), One), values.sub(Kept(Hull.Minimum))).clamp_min_(Kept(0))
        : where(upwards, Maximum(values).sub(values), values.sub(Minimum(values))).clamp_min_(Kept(0));

    /// <summary>The bound of each value up or down, (N, …), of the batch's type.</summary>
    public Tensor Bounds(Tensor values, Tensor upwards) => where(upwards, Maximum(values), Minimum(values));

    /// <summary>The least value of each feature, (1, …), of the batch's type.</summary>
    public Tensor Minimum(Tensor batch) => Row(batch, static range => range.Minimum);

    /// <summary>The greatest value of each feature, (1, …), of the batch's type.</summary>
    public Tensor Maximum(Tensor batch) => Row(batch, static range => range.Maximum);

    /// <summary>A number of each feature, (1, …), of the batch's type.</summary>
    public Tensor Row(Tensor batch, Func<ValueRange, double> number)
    {
        CheckLength(batch);
        var shape = batch.shape;
        shape[0] = 1;
        double[] numbers = Each is null
            ? [.. Enumerable.Repeat(number(Hull), checked((int)(batch.numel() / batch.shape[0])))]
            : Array.ConvertAll(Each, range => number(range));
        return tensor(numbers, device: CPU).to(batch.dtype, batch.device).view(shape);
    }

    public void CheckLength(Tensor rows)
    {
        if (Each is null)
            return;
        var shape = rows.shape;
        var length = 1L;
        foreach (var size in shape.AsSpan(1))
            length *= size;
        CheckLength(length, $"a row of shape {TensorShape.Text(shape[1..])}", null);
    }

    public void CheckLength(long length, string row, string? name)
    {
        if (Each is not null && length != Each.Length)
            throw new ArgumentException(
                $"The threat model has ranges for {Each.Length} features, but {row} has {length}. "
                + "Give ThreatModel.WithRanges one range for each.", name);
    }

    /// <summary>The range of all values, or the ranges of the features; two sets of ranges read differently.</summary>
    public override string ToString()
    {
        if (Each is null)
            return Hull.ToString();
        if (Each.Length <= Shown)
            return string.Join(" × ", Each);
        double[] ends = [.. Each.SelectMany(static range => (double[])[range.Minimum, range.Maximum])];
        var digest = SHA256.HashData(MemoryMarshal.AsBytes<double>(ends));
        return $"ranges of {Each.Length} features, #{Convert.ToHexString(digest, 0, 4)}";
    }
}

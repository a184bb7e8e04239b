using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>
/// The normaliser by bins: the number of bounds below a value, divided by the density. Its gradient is straight-through.
/// </summary>
/// <remarks>
/// The true gradient is zero. In its place stands the slope from the first bound to the last one (Bengio et al.,
/// <see href="https://arxiv.org/abs/1308.3432"/>), as BPDA has it for attacks (Athalye et al.,
/// <see href="https://arxiv.org/abs/1802.00420"/>).
/// </remarks>
internal sealed class BinFunction : ColumnFunction
{
    private readonly Tensor _bounds, _density, _offset, _slope;

    /// <param name="bounds">The upper bounds of each value's bins, rising; the last one is infinite.</param>
    /// <param name="density">What each value's number of bounds is divided by.</param>
    /// <param name="offset">What is subtracted then; empty for nothing.</param>
    internal BinFunction(IReadOnlyList<float[]> bounds, float[] density, float[] offset)
        : base(nameof(BinFunction))
    {
        var most = bounds.Max(slot => slot.Length);
        var padded = bounds.SelectMany(slot => slot.Concat(Enumerable.Repeat(float.PositiveInfinity, most - slot.Length)));
        _bounds = tensor(padded.ToArray(), [bounds.Count, most], device: CPU);
        _density = tensor(density, device: CPU);
        _offset = tensor(offset.Length == 0 ? new float[density.Length] : offset, device: CPU);
        _slope = tensor(bounds.Select(SlopeOf).ToArray(), device: CPU);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var values = input.detach();
        var below = searchsorted(_bounds, values.t().contiguous()).t();
        var binned = below.to(input.dtype).div(_density).sub(_offset);
        binned = where(values.isnan(), values, binned);
        return binned.add(input.sub(values).mul(_slope), One).MoveToOuterDisposeScope();
    }

    private static float SlopeOf(float[] bounds)
    {
        float[] finite = [.. bounds.Where(float.IsFinite)];
        return finite.Length < 2 || finite[^1] <= finite[0] ? 1 : 1 / (finite[^1] - finite[0]);
    }
}

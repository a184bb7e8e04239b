using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>The normalisers of whole rows: <c>NormalizeLpNorm</c> and <c>NormalizeGlobalContrast</c>.</summary>
/// <param name="norm">The norm: "L2", "L1", "Infinity" or "StandardDeviation".</param>
/// <param name="isCentered">Whether the row's mean is subtracted.</param>
/// <param name="scale">What the norm becomes.</param>
internal sealed class NormFunction(string norm, bool isCentered, float scale) : ColumnFunction(nameof(NormFunction))
{
    // What ML.NET leaves as it is.
    private const float LeastFactor = 1e-8f;
    private const float LeastSquare = 1e-37f;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var centered = isCentered ? input.sub(input.mean([1], keepdim: true)) : input;
        var size = norm switch
        {
            "L1" => centered.abs().sum(1, keepdim: true),
            "Infinity" => centered.abs().amax([1], keepdim: true),
            "StandardDeviation" => Root(Deviations(input).pow(Kept(2)).mean([1], keepdim: true)),
            _ => Root(centered.pow(Kept(2)).sum(1, keepdim: true)),
        };
        var isZero = size.eq(Kept(0));
        var factor = size.masked_fill(isZero, Kept(1)).reciprocal().mul(Kept(scale));
        return centered.mul(factor.masked_fill(factor.lt(Kept(LeastFactor)), Kept(1))).MoveToOuterDisposeScope();
    }

    private static Tensor Deviations(Tensor input) => input.sub(input.mean([1], keepdim: true));

    // A gradient of zero at zero.
    private static Tensor Root(Tensor squares) =>
        squares.clamp_min(Kept(LeastSquare)).sqrt().masked_fill(squares.le(Kept(LeastSquare)), Kept(0));
}

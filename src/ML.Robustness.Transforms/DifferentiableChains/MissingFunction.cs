using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary><c>IndicateMissingValues</c>: 1 for each NaN, else 0; without a gradient.</summary>
internal sealed class MissingFunction() : ColumnFunction(nameof(MissingFunction))
{
    internal override bool IsAffine => true;

    public override Tensor forward(Tensor input)
    {
        using var isMissing = input.isnan();
        return isMissing.to(input.dtype);
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary><c>ReplaceMissingValues</c>: a constant in place of each NaN.</summary>
internal sealed class ReplacementFunction : ColumnFunction
{
    private readonly Tensor _values;

    /// <param name="values">The constant of each value.</param>
    internal ReplacementFunction(float[] values)
        : base(nameof(ReplacementFunction))
    {
        _values = tensor(values, device: CPU);
        RegisterComponents();
    }

    // Attacked features are finite.
    internal override bool IsAffine => true;

    public override Tensor forward(Tensor input)
    {
        using var isMissing = input.isnan();
        return where(isMissing, _values, input);
    }
}

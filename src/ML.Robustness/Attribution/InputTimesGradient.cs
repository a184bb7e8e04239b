using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>The gradient times the input: what each value adds to the score, were the network linear.</summary>
/// <remarks>
/// x · ∂score/∂x; Shrikumar et al., <see href="https://arxiv.org/abs/1605.01713"/>. A value of zero counts for nothing, whatever
/// the gradient.
/// </remarks>
public sealed class InputTimesGradient : AttributionMethod
{
    /// <inheritdoc/>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        return context.Gradient(context.Inputs).Gradient.mul(context.Inputs).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>The gradient of the score to the input: how the score answers to a small change of each value.</summary>
/// <remarks>
/// ∂score/∂x, with its sign; Simonyan et al., <see href="https://arxiv.org/abs/1312.6034"/>, take absolute values and the largest
/// channel, which is left to whoever draws the map.
/// </remarks>
public sealed class Saliency : AttributionMethod
{
    /// <inheritdoc/>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Gradient(context.Inputs).Gradient;
    }
}

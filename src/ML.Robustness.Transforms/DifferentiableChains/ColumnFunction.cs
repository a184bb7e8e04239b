using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>What a step of a chain makes of a column, as a layer: (N, values) to (N, values), with gradients.</summary>
internal abstract class ColumnFunction(string name) : Module<Tensor, Tensor>(name)
{
    /// <summary>Whether the function is affine, so that its gradient is the same everywhere.</summary>
    internal virtual bool IsAffine => false;
}

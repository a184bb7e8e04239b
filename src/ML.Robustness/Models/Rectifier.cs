using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The rectifier before the last layer, whose gradient a search can ask to be let through.</summary>
internal static class Rectifier
{
    /// <summary>max(0, x); where gradients pass, they are those of x.</summary>
    public static Tensor Apply(Tensor values, bool passesGradients) =>
        passesGradients ? values.add(functional.relu(values).sub(values).detach()) : functional.relu(values);
}

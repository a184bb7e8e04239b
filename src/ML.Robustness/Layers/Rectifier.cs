using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>The rectifier (ReLU) before the last layer, with the option to let gradients through.</summary>
internal static class Rectifier
{
    /// <summary>max(0, x), or with gradients let through: those of x.</summary>
    public static Tensor Apply(Tensor values, bool passesGradients) =>
        passesGradients ? values.add(functional.relu(values).sub(values).detach(), One) : functional.relu(values);
}

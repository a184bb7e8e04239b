using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>Gradient clipping by the norm over all parameters, without reading the norm from the device.</summary>
internal static class GradientNorm
{
    internal static void Clip(IReadOnlyList<Parameter> parameters, double bound)
    {
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        Tensor[] gradients = [.. parameters.Select(parameter => parameter.grad).OfType<Tensor>()];
        if (gradients.Length == 0) return;
        var length = stack(gradients.Select(gradient => gradient.norm())).norm();
        var factor = length.add_(Kept(1e-6), One).reciprocal_().mul_(Kept(bound)).clamp_(null, Kept(1));
        foreach (var gradient in gradients) gradient.mul_(factor);
    }
}

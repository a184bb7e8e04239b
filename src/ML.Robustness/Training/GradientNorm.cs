using TorchSharp.Modules;
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
        var factor = length.add_(1e-6).reciprocal_().mul_(bound).clamp_(null, 1);
        foreach (var gradient in gradients) gradient.mul_(factor);
    }
}

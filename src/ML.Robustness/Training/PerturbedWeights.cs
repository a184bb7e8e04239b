using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>Weights under adversarial weight perturbation; disposing restores them bit for bit.</summary>
internal sealed class PerturbedWeights : IDisposable
{
    private readonly List<(Parameter Weight, Tensor Before)> _moved = [];

    private PerturbedWeights()
    {
    }

    /// <summary>Moves the weights along the gradient of the loss, and leaves no gradients behind.</summary>
    internal static PerturbedWeights Ascend(Module<Tensor, Tensor> model, double gamma, Func<Tensor> loss)
    {
        var perturbed = new PerturbedWeights();
        using var scope = NewDisposeScope();
        var buffers = model.named_buffers().Select(buffer => (Buffer: buffer.buffer, Before: buffer.buffer.clone())).ToArray();
        loss().backward();
        using (no_grad())
        {
            foreach (var (buffer, before) in buffers) buffer.copy_(before);
            foreach (var (name, weight) in model.named_parameters())
            {
                var gradient = weight.grad;
                if (gradient is null || !weight.requires_grad) continue;
                if (weight.dim() > 1 && name.Contains("weight", StringComparison.Ordinal))
                {
                    perturbed._moved.Add((weight, weight.clone().DetachFromDisposeScope()));
                    weight.add_(gradient.mul(weight.norm().mul(Kept(gamma)).div(gradient.norm().add(Kept(1e-20), One))), One);
                }

                weight.grad = null;
            }
        }

        return perturbed;
    }

    public void Dispose()
    {
        using (no_grad())
        {
            foreach (var (weight, before) in _moved)
            {
                weight.copy_(before);
                before.Dispose();
            }
        }

        _moved.Clear();
    }
}

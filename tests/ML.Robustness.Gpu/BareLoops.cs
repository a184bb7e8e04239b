using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Gpu;

/// <summary>The arithmetic that the library cannot do without, as bare TorchSharp calls on one network and one batch.</summary>
internal sealed class BareLoops(Module<Tensor, Tensor> network, Tensor images, Tensor labels)
{
    private const double Epsilon = 8 / 255.0, StepSize = 2 / 255.0;

    /// <summary>Forward only.</summary>
    public void Forward(int passes)
    {
        using var quiet = no_grad();
        for (var pass = 0; pass < passes; pass++)
        {
            using var scope = NewDisposeScope();
            network.call(images);
        }
    }

    /// <summary>Forward and backward to the input.</summary>
    public void Passes(int passes)
    {
        for (var pass = 0; pass < passes; pass++)
        {
            using var scope = NewDisposeScope();
            Gradient(images);
        }
    }

    /// <summary>PGD with nothing checked and nothing judged.</summary>
    public Tensor Descend(int steps)
    {
        using var scope = NewDisposeScope();
        var candidates = rand_like(images).mul_(2 * Epsilon).sub_(Epsilon).add_(images).clamp_(0, 1);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var gradient = Gradient(candidates);
            using var quiet = no_grad();
            var moved = candidates.detach().add(gradient.sign(), StepSize);
            candidates = moved.sub(images).clamp_(-Epsilon, Epsilon).add_(images).clamp_(0, 1).MoveToOuterDisposeScope();
        }

        return candidates.MoveToOuterDisposeScope();
    }

    /// <summary>SmoothGrad of the first rows, as many at once as the batch has.</summary>
    public void Smooth(int rows, int samples)
    {
        using var scope = NewDisposeScope();
        var some = images.narrow(0, 0, rows);
        var sum = zeros_like(some);
        var copies = (int)(images.shape[0] / rows);
        for (var first = 0; first < samples; first += copies)
        {
            using var inner = NewDisposeScope();
            var now = Math.Min(copies, samples - first);
            var noisy = some.repeat(now, 1, 1, 1);
            noisy = randn_like(noisy).mul_(0.15).add_(noisy).requires_grad_(true);
            var scores = network.call(noisy).gather(1, labels.narrow(0, 0, rows).repeat(now).unsqueeze(1));
            autograd.backward(scores.sum(), inputs: [noisy]);
            sum.add_(noisy.grad!.view([now, .. some.shape]).sum(dim: 0));
        }
    }

    /// <summary>Steps of adversarial training.</summary>
    public void Train(optim.Optimizer optimizer, int attackSteps, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            network.eval();
            foreach (var parameter in network.parameters())
                parameter.requires_grad = false;
            var adversarial = Descend(attackSteps);
            network.train();
            foreach (var parameter in network.parameters())
                (parameter.requires_grad, parameter.grad) = (true, null);
            functional.cross_entropy(network.call(adversarial), labels).backward();
            optimizer.step();
        }
    }

    private Tensor Gradient(Tensor candidates)
    {
        var variable = candidates.detach().requires_grad_(true);
        autograd.backward(functional.cross_entropy(network.call(variable), labels, reduction: Reduction.Sum), inputs: [variable]);
        return variable.grad!;
    }
}

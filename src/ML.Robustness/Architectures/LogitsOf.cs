using ML.Robustness.Layers;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>The last layer around a network from elsewhere: logits (N, K) of what it returns.</summary>
internal sealed class LogitsOf : Module<Tensor, Tensor>, IOutputLayer
{
    // Below the smallest probability that float32 tells from zero, so that no logarithm is infinite.
    private const double Least = 1e-38;

    private readonly OutputForm _form;

    internal LogitsOf(OutputForm form)
        : base(nameof(LogitsOf)) => _form = form;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (values, isProbability) = (input, _form.HasFlag(OutputForm.Probabilities));
        if (_form.HasFlag(OutputForm.Maps))
            values = values.flatten(1);
        if (_form.HasFlag(OutputForm.SecondClass))
        {
            values = values.reshape(-1, 1);
            values = cat([isProbability ? values.neg().add(Kept(1), One) : zeros_like(values), values], 1);
        }
        // The softmax of the logarithms is the probabilities again.
        if (isProbability)
            values = values.clamp_min(Kept(Least)).log();
        return values.MoveToOuterDisposeScope();
    }
}

using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Objectives;

/// <summary>Plain training: cross-entropy of the inputs as they come.</summary>
public sealed class StandardObjective : TrainingObjective
{
    /// <inheritdoc/>
    protected internal override Tensor Generate(Module<Tensor, Tensor> model, Tensor inputs, Tensor labels, RowRandom random,
        CancellationToken cancellation) => inputs;

    /// <inheritdoc/>
    protected internal override ObjectiveLoss Evaluate(Module<Tensor, Tensor> model, Tensor inputs, Tensor adversarial,
        Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(model);
        var logits = ModelCall.Forward(model, inputs);
        return new ObjectiveLoss(functional.cross_entropy(logits, labels), CleanLogits: logits);
    }

    /// <inheritdoc/>
    public override string ToString() => "Standard";
}

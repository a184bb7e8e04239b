using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Objectives;

/// <summary>Adversarial training: cross-entropy of what an attack makes of the inputs.</summary>
/// <remarks>
/// min E max CE(f(x + δ), y) (Madry et al., <see href="https://arxiv.org/abs/1706.06083"/>). As there, PGD's last iterate is
/// trained on, whatever <see cref="ProjectedGradientDescent.ReturnBestIterate"/> says: the best one costs a pass more and trains
/// no better.
/// </remarks>
public sealed class AdversarialObjective : TrainingObjective
{
    /// <summary>Makes the objective.</summary>
    /// <param name="attack">The attack to train against.</param>
    public AdversarialObjective(Attack attack) => Attack = TrainingAttack(attack);

    /// <summary>The attack that is trained against.</summary>
    public Attack Attack { get; }

    /// <inheritdoc/>
    public override ThreatModel ThreatModel => Attack.ThreatModel;

    /// <inheritdoc/>
    protected internal override Tensor Generate(Module<Tensor, Tensor> model, Tensor inputs, Tensor labels, RowRandom random,
        CancellationToken cancellation) =>
        Attack.Generate(model, inputs, AttackGoal.Untargeted(labels), random, cancellation: cancellation);

    /// <inheritdoc/>
    protected internal override ObjectiveLoss Evaluate(Module<Tensor, Tensor> model, Tensor inputs, Tensor adversarial,
        Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(model);
        var logits = ModelCall.Forward(model, adversarial);
        return new ObjectiveLoss(functional.cross_entropy(logits, labels), AdversarialLogits: logits);
    }

    /// <inheritdoc/>
    public override string ToString() => $"Adversarial {Attack}";
}

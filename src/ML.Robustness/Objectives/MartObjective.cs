using System.Globalization;
using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Objectives;

/// <summary>MART: adversarial training that looks harder at rows which are misclassified to begin with.</summary>
/// <remarks>
/// BCE(f(x′), y) + β · mean KL(f(x) ‖ f(x′)) (1 − f_y(x)), BCE = CE − log(1 − max over k ≠ y of f_k(x′))
/// (Wang et al., <see href="https://openreview.net/forum?id=rklOg6EFwS"/>), with the authors' constants where a logarithm or a
/// weight could reach 0.
/// </remarks>
public sealed class MartObjective : TrainingObjective
{
    /// <summary>Makes the objective.</summary>
    /// <param name="attack">The attack to train against; PGD's last iterate, as in <see cref="AdversarialObjective"/>.</param>
    /// <param name="beta">The weight of the divergence, 0 or more. The default is 5.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is negative or not finite.</exception>
    public MartObjective(Attack attack, double beta = 5)
    {
        Attack = TrainingAttack(attack);
        Beta = CheckWeight(beta);
    }

    /// <summary>The attack that is trained against.</summary>
    public Attack Attack { get; }

    /// <summary>The weight of the divergence.</summary>
    public double Beta { get; }

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
        ArgumentNullException.ThrowIfNull(labels);
        var clean = ModelCall.Forward(model, inputs);
        var moved = ModelCall.Forward(model, adversarial);
        var (cleanLog, movedLog) = (functional.log_softmax(clean, 1), functional.log_softmax(moved, 1));
        var truth = labels.unsqueeze(1); // (N, 1)

        var probabilities = movedLog.exp();
        var runnerUp = Logits.OtherClasses(probabilities.detach(), labels).argmax(1, true); // (N, 1)
        var margin = probabilities.gather(1, runnerUp).neg().add(Kept(1.0001), One).add(Kept(1e-12), One).log().neg();
        var boosted = movedLog.gather(1, truth).neg().add(margin, One).mean();

        var doubt = cleanLog.gather(1, truth).exp().neg().add(Kept(1.0000001), One).squeeze(1); // (N)
        var divergence = KullbackLeiblerLoss.Between(cleanLog, movedLog).mul(doubt).mean();
        return new ObjectiveLoss(boosted.add(divergence.mul(Kept(Beta)), One), clean, moved);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"MART β {Beta} {Attack}");
}

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

/// <summary>TRADES: cross-entropy of the clean inputs, and a divergence that keeps the prediction steady around them.</summary>
/// <remarks>
/// CE(f(x), y) + β · mean KL(f(x) ‖ f(x′)), x′ maximising the same divergence from x + 0.001 · N(0, 1)
/// (Zhang et al., <see href="https://arxiv.org/abs/1901.08573"/>). The gradient flows through both predictions, as in the
/// authors' code.
/// </remarks>
public sealed class TradesObjective : TrainingObjective
{
    private const double StartDeviation = 0.001;

    /// <summary>Makes the objective.</summary>
    /// <param name="threatModel">The perturbations under which the prediction is to stay.</param>
    /// <param name="beta">The weight of the divergence, 0 or more. The default is 6; the authors use 1 for MNIST at ε =
    /// 0.3.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is negative or not finite.</exception>
    public TradesObjective(ThreatModel threatModel, double beta = 6)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ThreatModel = threatModel;
        Beta = CheckWeight(beta);
    }

    /// <inheritdoc/>
    public override ThreatModel ThreatModel { get; }

    /// <summary>The weight of the divergence.</summary>
    public double Beta { get; }

    /// <summary>The steps by which the divergence is maximised.</summary>
    /// <value>1 or more. The default is 10.</value>
    public int Steps { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 10;

    /// <summary>The length of a step in the threat model's norm.</summary>
    /// <value>Above 0. The default is null: 2.5 ε over <see cref="Steps"/>.</value>
    public double? StepSize { get; init => field = ArgumentChecks.PositiveOrNull(value); }

    /// <inheritdoc/>
    protected internal override Tensor Generate(Module<Tensor, Tensor> model, Tensor inputs, Tensor labels, RowRandom random,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        Tensor reference;
        using (no_grad()) reference = functional.log_softmax(ModelCall.Forward(model, inputs), 1);
        var start = random.Normal(inputs).mul_(Kept(StartDeviation)).add_(inputs, One);
        var attack = new ProjectedGradientDescent(ThreatModel) { Steps = Steps, StepSize = StepSize, ReturnBestIterate = false };
        return attack.Generate(model, inputs, AttackGoal.Untargeted(labels), random, loss: new KullbackLeiblerLoss(reference),
            start: start, cancellation: cancellation).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override ObjectiveLoss Evaluate(Module<Tensor, Tensor> model, Tensor inputs, Tensor adversarial,
        Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(model);
        var clean = ModelCall.Forward(model, inputs);
        var moved = ModelCall.Forward(model, adversarial);
        var divergence = KullbackLeiblerLoss.Between(functional.log_softmax(clean, 1), functional.log_softmax(moved, 1)).mean();
        return new ObjectiveLoss(functional.cross_entropy(clean, labels).add(divergence.mul(Kept(Beta)), One), clean, moved);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"TRADES β {Beta} {ThreatModel}");
}

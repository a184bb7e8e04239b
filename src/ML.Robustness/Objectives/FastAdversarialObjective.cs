using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Objectives;

/// <summary>Fast adversarial training: one step of FGSM from a random start, with a check against its sudden collapse.</summary>
/// <remarks>
/// Wong et al., <see href="https://arxiv.org/abs/2001.03994"/>: a step of 1.25 ε. At the end of each epoch the accuracy under
/// PGD-5 (steps of ε/4) on the epoch's first batch is taken; where it fell by more than 0.2 since the last epoch, the run ends
/// with the weights from before.
/// </remarks>
public sealed class FastAdversarialObjective : TrainingObjective
{
    private readonly AdversarialObjective _training;

    /// <summary>Makes the objective.</summary>
    /// <param name="threatModel">The perturbations to train against.</param>
    public FastAdversarialObjective(ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ThreatModel = threatModel;
        _training = new AdversarialObjective(MakeAttack(threatModel, null));
        OverfittingCheck = new ProjectedGradientDescent(threatModel)
        {
            Steps = 5,
            StepSize = threatModel.Epsilon > 0 ? threatModel.Epsilon / 4 : null
        };
    }

    /// <inheritdoc/>
    public override ThreatModel ThreatModel { get; }

    /// <summary>The length of the step in the threat model's norm.</summary>
    /// <value>Above 0. The default is null: 1.25 ε. At large ε a step of ε is steadier.</value>
    public double? StepSize
    {
        get;
        init
        {
            _training = new AdversarialObjective(MakeAttack(ThreatModel, value));
            field = value;
        }
    }

    /// <inheritdoc/>
    internal override Attack OverfittingCheck { get; }

    /// <inheritdoc/>
    protected internal override Tensor Generate(Module<Tensor, Tensor> model, Tensor inputs, Tensor labels, RowRandom random,
        CancellationToken cancellation) =>
        _training.Generate(model, inputs, labels, random, cancellation);

    /// <inheritdoc/>
    protected internal override ObjectiveLoss Evaluate(Module<Tensor, Tensor> model, Tensor inputs, Tensor adversarial,
        Tensor labels) =>
        _training.Evaluate(model, inputs, adversarial, labels);

    /// <inheritdoc/>
    public override string ToString() => $"Fast {_training.Attack}";

    private static FastGradientMethod MakeAttack(ThreatModel threatModel, double? stepSize) =>
        new(threatModel)
        {
            RandomStart = true,
            StepSize = stepSize ?? (threatModel.Epsilon > 0 ? 1.25 * threatModel.Epsilon : null)
        };
}

using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Objectives;

/// <summary>What training minimises: which inputs are crafted for a batch, and which loss they enter.</summary>
public abstract class TrainingObjective
{
    /// <summary>The perturbations that the objective trains against; null where it crafts none.</summary>
    public virtual ThreatModel? ThreatModel => null;

    /// <summary>The attack whose accuracy on a training batch must not collapse from one epoch to the next; null for no such
    /// check.</summary>
    internal virtual Attack? OverfittingCheck => null;

    /// <summary>Crafts the inputs that the loss is evaluated on.</summary>
    /// <param name="model">The network, frozen: in evaluation mode and without parameter gradients.</param>
    /// <param name="inputs">(N, …), in the user's range.</param>
    /// <param name="labels">(N), int64.</param>
    /// <param name="random">The rows' random numbers for this epoch.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>Inputs of the same shape without a graph, in the current dispose scope; <paramref name="inputs"/> itself where
    /// nothing is crafted.</returns>
    protected internal abstract Tensor Generate(Module<Tensor, Tensor> model, Tensor inputs, Tensor labels, RowRandom random,
        CancellationToken cancellation);

    /// <summary>Evaluates the loss.</summary>
    /// <param name="model">The network in training mode.</param>
    /// <param name="inputs">(N, …), as they came.</param>
    /// <param name="adversarial">What <see cref="Generate"/> gave for them.</param>
    /// <param name="labels">(N), int64.</param>
    /// <returns>The loss and the logits it was made of, in the current dispose scope.</returns>
    protected internal abstract ObjectiveLoss Evaluate(Module<Tensor, Tensor> model, Tensor inputs, Tensor adversarial,
        Tensor labels);

    /// <summary>Checks a weight of a loss term.</summary>
    /// <summary>The attack as training runs it: PGD's last iterate, whatever it says itself.</summary>
    internal static Attack TrainingAttack(Attack attack)
    {
        ArgumentNullException.ThrowIfNull(attack);
        return attack is ProjectedGradientDescent { ReturnBestIterate: true } descent ? descent.ReturningLastIterate() : attack;
    }

    internal static double CheckWeight(double beta) => double.IsFinite(beta) && beta >= 0
        ? beta
        : throw new ArgumentOutOfRangeException(nameof(beta),
            $"The weight of the robustness term must be 0 or more and finite, but is {beta}.");
}

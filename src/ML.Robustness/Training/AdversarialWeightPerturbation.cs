using ML.Robustness.Numerics;

namespace ML.Robustness.Training;

/// <summary>
/// Adversarial weight perturbation (AWP): the gradients are computed at weights that were first moved to raise the loss.
/// </summary>
/// <remarks>
/// Each weight tensor w of two or more dimensions moves by γ ‖w‖ / ‖g‖ · g, g its gradient
/// (<see href="https://arxiv.org/abs/2004.05884"/>). The weights are back bit for bit before the optimiser's step; the paper's
/// code steps first and subtracts the move afterwards, which rounds. The batch statistics of the extra pass are not kept, as in
/// the paper, where it runs on a copy.
/// </remarks>
public sealed record AdversarialWeightPerturbation
{

    /// <summary>The size of the perturbation, relative to the weights.</summary>
    /// <value>Above 0. The default is 0.005; the paper uses 0.01 with plain adversarial training.</value>
    public double Gamma { get; init => field = ArgumentChecks.Positive(value); } = 0.005;

    /// <summary>The number of epochs before the perturbation begins.</summary>
    /// <value>0 or more. The default is 0.</value>
    public int WarmUpEpochs { get; init => field = ArgumentChecks.AtLeast(value, 0); }
}

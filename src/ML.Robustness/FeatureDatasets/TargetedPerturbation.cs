using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>A method that moves rows towards a class by projected gradient descent inside a threat model.</summary>
public abstract class TargetedPerturbation : FeatureDatasetMethod
{
    internal const int DefaultSteps = 100;

    private protected TargetedPerturbation(ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        Bounds = threatModel;
    }

    /// <summary>The threat model: the allowed change of a row, and the range of its values.</summary>
    public ThreatModel ThreatModel => Bounds;

    /// <summary>The number of steps, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 100, the paper's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps { get; init => field = ArgumentChecks.AtLeast(value, 1); } = DefaultSteps;

    /// <summary>The length of a step in the threat model's norm.</summary>
    /// <value>
    /// A finite number above zero. The default, null, is a fifth of the radius, as in the paper; without a radius what
    /// <see cref="ProjectedGradientDescent"/> takes.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize { get; init => field = ArgumentChecks.PositiveOrNull(value); }

    private protected override ThreatModel Bounds { get; }

    /// <summary>Maximises a loss from the rows themselves, and returns the last iterate.</summary>
    private protected Tensor Climb(FeatureDatasetBatch pass, Module<Tensor, Tensor> network, AttackGoal goal, AttackLoss loss)
    {
        var search = new ProjectedGradientDescent(Bounds)
        {
            Steps = Steps,
            StepSize = StepSize ?? (Bounds.Epsilon > 0 && double.IsFinite(Bounds.Epsilon) ? Bounds.Epsilon / 5 : null),
            RandomStart = false,
            ReturnBestIterate = false,
            Loss = loss,
        };
        return Quantize(search.Generate(network, pass.Inputs, goal, pass.Random, cancellation: pass.Cancellation),
            pass.Inputs);
    }

    /// <summary>The number of classes, from one row's outputs.</summary>
    private protected static long ClassesOf(FeatureDatasetBatch pass, Module<Tensor, Tensor> network)
    {
        using var row = pass.Inputs.narrow(0, 0, 1);
        using var logits = pass.Logits(network, row);
        return logits.shape[1];
    }
}

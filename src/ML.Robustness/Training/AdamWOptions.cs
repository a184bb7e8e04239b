using ML.Robustness.Numerics;
using TorchSharp.Modules;

namespace ML.Robustness.Training;

/// <summary>The options of AdamW: Adam with decoupled weight decay.</summary>
public sealed record AdamWOptions : TrainingOptimizerOptions
{

    /// <summary>Creates the options with their defaults.</summary>
    public AdamWOptions() : base(1e-3, 5e-4)
    {
    }

    /// <summary>The decay rate of the mean of the gradients.</summary>
    /// <value>From 0 to below 1. The default is 0.9.</value>
    public double Beta1 { get; init => field = ArgumentChecks.Share(value); } = 0.9;

    /// <summary>The decay rate of the mean of the squared gradients.</summary>
    /// <value>From 0 to below 1. The default is 0.999.</value>
    public double Beta2 { get; init => field = ArgumentChecks.Share(value); } = 0.999;

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters) =>
        new AdamWOptimizer(parameters, LearningRate, Beta1, Beta2, WeightDecay);
}

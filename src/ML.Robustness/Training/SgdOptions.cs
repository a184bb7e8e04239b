using ML.Robustness.Numerics;
using TorchSharp.Modules;

namespace ML.Robustness.Training;

/// <summary>The options of stochastic gradient descent with momentum.</summary>
public sealed record SgdOptions : TrainingOptimizerOptions
{

    /// <summary>Creates the options with their defaults.</summary>
    public SgdOptions() : base(0.1, 5e-4)
    {
    }

    /// <summary>The momentum: the share of the last step that is kept in the next.</summary>
    /// <value>From 0 to below 1. The default is 0.9.</value>
    public double Momentum { get; init => field = ArgumentChecks.Share(value); } = 0.9;

    /// <summary>Whether Nesterov momentum is used; without momentum it has no effect.</summary>
    /// <value>The default is false.</value>
    public bool Nesterov { get; init; }

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters) =>
        new SgdOptimizer(parameters, LearningRate, Momentum, WeightDecay, Nesterov && Momentum > 0);
}

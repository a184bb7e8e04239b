using ML.Robustness.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>Stochastic gradient descent with momentum.</summary>
public sealed record SgdOptions : TrainingOptimizerOptions
{

    /// <summary>Makes the settings with their defaults.</summary>
    public SgdOptions() : base(0.1, 5e-4)
    {
    }

    /// <summary>The share of the last step that the next one keeps.</summary>
    /// <value>From 0 to below 1. The default is 0.9.</value>
    public double Momentum { get; init => field = ArgumentChecks.Share(value); } = 0.9;

    /// <summary>Whether the gradient is taken ahead along the momentum; without momentum it changes nothing.</summary>
    /// <value>The default is false.</value>
    public bool Nesterov { get; init; }

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters) =>
        optim.SGD(parameters, LearningRate, Momentum, 0, WeightDecay, Nesterov && Momentum > 0);
}

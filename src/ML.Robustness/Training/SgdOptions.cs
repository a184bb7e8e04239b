using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>Stochastic gradient descent with momentum.</summary>
public sealed record SgdOptions : TrainingOptimizerOptions
{
    private readonly double _momentum = 0.9;

    /// <summary>Makes the settings with their defaults.</summary>
    public SgdOptions() : base(0.1, 5e-4)
    {
    }

    /// <summary>The share of the last step that the next one keeps.</summary>
    /// <value>From 0 to below 1. The default is 0.9.</value>
    public double Momentum
    {
        get => _momentum;
        init => _momentum = CheckShare(value, 1, "momentum");
    }

    /// <summary>Whether the gradient is taken ahead along the momentum; without momentum it changes nothing.</summary>
    /// <value>The default is false.</value>
    public bool Nesterov { get; init; }

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters) =>
        optim.SGD(parameters, LearningRate, _momentum, 0, WeightDecay, Nesterov && _momentum > 0);
}

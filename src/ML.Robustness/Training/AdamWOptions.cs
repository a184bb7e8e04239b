using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>Adam with decoupled weight decay.</summary>
public sealed record AdamWOptions : TrainingOptimizerOptions
{
    private readonly double _beta1 = 0.9;
    private readonly double _beta2 = 0.999;

    /// <summary>Makes the settings with their defaults.</summary>
    public AdamWOptions() : base(1e-3, 5e-4)
    {
    }

    /// <summary>The decay of the mean of the gradients.</summary>
    /// <value>From 0 to below 1. The default is 0.9.</value>
    public double Beta1
    {
        get => _beta1;
        init => _beta1 = CheckShare(value, 1, "decay of the gradient's mean");
    }

    /// <summary>The decay of the mean of the squared gradients.</summary>
    /// <value>From 0 to below 1. The default is 0.999.</value>
    public double Beta2
    {
        get => _beta2;
        init => _beta2 = CheckShare(value, 1, "decay of the squared gradient's mean");
    }

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters) =>
        optim.AdamW(parameters, LearningRate, _beta1, _beta2, 1e-8, WeightDecay);
}

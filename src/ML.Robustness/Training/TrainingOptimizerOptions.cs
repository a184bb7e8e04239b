using ML.Robustness.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>The options of an optimiser.</summary>
/// <seealso cref="SgdOptions"/>
/// <seealso cref="AdamWOptions"/>
public abstract record TrainingOptimizerOptions
{
    private protected TrainingOptimizerOptions(double learningRate, double weightDecay)
    {
        LearningRate = learningRate;
        WeightDecay = weightDecay;
    }

    /// <summary>The learning rate before the schedule's factor.</summary>
    /// <value>Above 0. The default is 0.1 for SGD and 0.001 for AdamW.</value>
    public double LearningRate { get; init => field = ArgumentChecks.Positive(value); }

    /// <summary>The weight decay: added to the gradient by SGD, times the learning rate by AdamW.</summary>
    /// <value>0 or more. The default is 0.0005.</value>
    public double WeightDecay { get; init => field = ArgumentChecks.NotNegative(value); }

    internal abstract OptimizerHelper Create(IEnumerable<Parameter> parameters);
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>Which optimiser training uses, and its constants.</summary>
/// <seealso cref="SgdOptions"/>
/// <seealso cref="AdamWOptions"/>
public abstract record TrainingOptimizerOptions
{
    private readonly double _learningRate;
    private readonly double _weightDecay;

    private protected TrainingOptimizerOptions(double learningRate, double weightDecay)
    {
        _learningRate = learningRate;
        _weightDecay = weightDecay;
    }

    /// <summary>The learning rate, which the schedule scales.</summary>
    /// <value>Above 0. The default is 0.1 for SGD and 0.001 for AdamW.</value>
    public double LearningRate
    {
        get => _learningRate;
        init
        {
            if (!(value > 0 && double.IsFinite(value)))
                throw new ArgumentOutOfRangeException(nameof(value), $"The learning rate must be above 0 and finite, but is {value}.");
            _learningRate = value;
        }
    }

    /// <summary>The share of the weights that is taken away: part of the gradient for SGD, times the learning rate for AdamW.</summary>
    /// <value>0 or more. The default is 0.0005.</value>
    public double WeightDecay
    {
        get => _weightDecay;
        init => _weightDecay = CheckShare(value, double.PositiveInfinity, "weight decay");
    }

    internal abstract OptimizerHelper Create(IEnumerable<Parameter> parameters);

    private protected static double CheckShare(double value, double below, string what) => value >= 0 && value < below
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), $"The {what} must be from 0 to below {(double.IsInfinity(below) ? "infinity" : below)}, but is {value}.");
}

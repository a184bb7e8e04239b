namespace ML.Robustness.Training;

/// <summary>Keeps an exponential moving average of the weights, which is evaluated and kept instead of the weights themselves.</summary>
/// <remarks>
/// After iteration t (from 0) the average becomes d·average + (1 − d)·weights with d = min(<see cref="Decay"/>, (1 + t) / (10 + t)), so that
/// short runs are not held back by the initial weights. Buffers such as the statistics of batch normalisation are taken as they are.
/// </remarks>
public sealed record WeightAverage
{
    private readonly double _decay = 0.999;

    /// <summary>The share of the old average that stays at each iteration.</summary>
    /// <value>From 0 to below 1. The default is 0.999.</value>
    public double Decay
    {
        get => _decay;
        init
        {
            if (!(value >= 0 && value < 1))
                throw new ArgumentOutOfRangeException(nameof(value), $"The decay of the weight average must be from 0 to below 1, but is {value}.");
            _decay = value;
        }
    }

    internal double At(long iteration) => Math.Min(_decay, (1.0 + iteration) / (10.0 + iteration));
}

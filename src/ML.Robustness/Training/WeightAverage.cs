using ML.Robustness.Numerics;

namespace ML.Robustness.Training;

/// <summary>
/// An exponential moving average (EMA) of the weights, which is evaluated and kept instead of the last weights.
/// </summary>
/// <remarks>
/// After iteration t (from 0) the average becomes d·average + (1 − d)·weights with d = min(<see cref="Decay"/>, (1 + t) / (10 +
/// t)), so that short runs are not held back by the initial weights. Buffers such as the statistics of batch normalisation are
/// taken as they are.
/// </remarks>
public sealed record WeightAverage
{

    /// <summary>The decay of the average: the share that stays at each iteration.</summary>
    /// <value>From 0 to below 1. The default is 0.999.</value>
    public double Decay { get; init => field = ArgumentChecks.Share(value); } = 0.999;

    internal double At(long iteration) => Math.Min(Decay, (1.0 + iteration) / (10.0 + iteration));
}

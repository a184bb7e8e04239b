using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>A data augmentation: a random change of the training inputs that keeps their labels.</summary>
public abstract record Augmentation
{
    /// <summary>Changes each row at random.</summary>
    /// <param name="inputs">(N, C, H, W) or (N, length), in the user's range.</param>
    /// <param name="random">The rows' random numbers: what happens to a row depends on nothing else.</param>
    /// <returns>New inputs of the same shape. The caller disposes them.</returns>
    public abstract Tensor Apply(Tensor inputs, RowRandom random);
}

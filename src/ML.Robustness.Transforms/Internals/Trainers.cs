using Microsoft.ML;

namespace ML.Robustness.Transforms.Internals;

/// <summary>What a trainer tells of itself.</summary>
internal static class Trainers
{
    /// <summary>A trainer that wants its features scaled and reads its data once, so that caching them is of no use.</summary>
    internal static TrainerInfo NeuralNetwork { get; } = new(normalization: true, caching: false);
}

using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace ML.Robustness.Trees.Tests.Testing;

/// <summary>The binary models that are measured, with the settings of the measured numbers.</summary>
internal static class TreeModels
{
    internal static IEstimator<ITransformer> Trainer(MLContext ml, string name) => name switch
    {
        "FastTree 20" => ml.BinaryClassification.Trainers.FastTree(Trees(20)),
        "FastTree 100" => ml.BinaryClassification.Trainers.FastTree(Trees(100)),
        "FastTree 200" => ml.BinaryClassification.Trainers.FastTree(Trees(200)),
        "FastForest 20" => ml.BinaryClassification.Trainers.FastForest(new FastForestBinaryTrainer.Options
        {
            NumberOfLeaves = 20,
            NumberOfTrees = 20,
            MinimumExampleCountPerLeaf = 10,
        }),
        "LightGbm 20" => ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options
        {
            NumberOfIterations = 20,
            Seed = 1,
            NumberOfThreads = 1,
            Deterministic = true,
        }),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>Trains a model; skips the test where LightGBM's native library does not load.</summary>
    internal static T Fit<T>(IEstimator<T> trainer, IDataView data)
        where T : ITransformer
    {
        try
        {
            return trainer.Fit(data);
        }
        catch (DllNotFoundException error)
        {
            Assert.Skip($"LightGBM's native library needs one that this machine lacks (libgomp1 on Debian): {error.Message}");
            throw;
        }
    }

    private static FastTreeBinaryTrainer.Options Trees(int trees) => new()
    {
        NumberOfLeaves = 20,
        NumberOfTrees = trees,
        MinimumExampleCountPerLeaf = 10,
        LearningRate = 0.2,
    };
}

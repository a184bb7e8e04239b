using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using ML.Robustness.Data;

namespace AttackMyModel;

/// <summary>A table of numbers, what an adversary may do to it, and ML.NET's trainers for it.</summary>
/// <param name="Name">The name of the data.</param>
/// <param name="File">The file: the class in the first column, then the features.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Columns">The names of the features.</param>
/// <param name="Units">The whole range of each feature: a change of the size 1.</param>
/// <param name="Unit">The unit of measurement, for texts.</param>
/// <param name="Range">The range that changes do not leave.</param>
/// <param name="Epsilons">The radii, in units; the second is that of adversarial training.</param>
/// <param name="Epochs">Passes over the training rows for the networks.</param>
internal sealed record TabularProblem(
    string Name, string File, int Classes, string[] Columns, double[] Units, string Unit, ValueRange Range,
    double[] Epsilons, int Epochs)
{
    private const int Trees = 20;

    /// <summary>Nine judgements of cells from 1 to 10, benign or malignant.</summary>
    public static TabularProblem BreastCancer { get; } = new(
        "breast-cancer", "breast-cancer.txt", 2,
        [
            "ClumpThickness", "CellSize", "CellShape", "MarginalAdhesion", "EpithelialSize", "BareNuclei", "BlandChromatin",
            "NormalNucleoli", "Mitoses",
        ],
        [9, 9, 9, 9, 9, 9, 9, 9, 9], "points", new ValueRange(1, 10), [0.1, 0.2, 0.3], 40);

    /// <summary>Four lengths of flowers of three species.</summary>
    public static TabularProblem Iris { get; } = new(
        "iris", "iris.txt", 3, ["SepalLength", "SepalWidth", "PetalLength", "PetalWidth"], [3.6, 2.4, 5.9, 2.4], "cm",
        ValueRange.Unbounded, [0.05, 0.1, 0.2], 150);

    public static TabularProblem[] All { get; } = [BreastCancer, Iris];

    /// <summary>The units by column, as the library's options take them.</summary>
    public IReadOnlyDictionary<string, double> UnitsByColumn => Columns.Zip(Units).ToDictionary();

    /// <summary>The ranges by column, as the library's options take them.</summary>
    public IReadOnlyDictionary<string, ValueRange> RangesByColumn => Columns.ToDictionary(name => name, _ => Range);

    public IEstimator<ITransformer> LightGbm(MLContext ml) => Classes == 2
        ? ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options
        {
            NumberOfIterations = Trees,
            Seed = 1,
            NumberOfThreads = 1,
            Deterministic = true,
        })
        : ml.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options
        {
            NumberOfIterations = Trees,
            MinimumExampleCountPerLeaf = 5,
            Seed = 1,
            NumberOfThreads = 1,
            Deterministic = true,
        });

    public IEstimator<ITransformer> FastTree(MLContext ml)
    {
        var trainer = ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            NumberOfTrees = Trees,
            NumberOfThreads = 1,
        });
        return Classes == 2 ? trainer : ml.MulticlassClassification.Trainers.OneVersusAll(trainer);
    }

    public IEstimator<ITransformer> Linear(MLContext ml) => Classes == 2
        ? ml.BinaryClassification.Trainers.LbfgsLogisticRegression(
            new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 })
        : ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
            new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 });
}

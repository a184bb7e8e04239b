using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using ML.Robustness.TreeEnsembles;
using static ML.Robustness.Benchmarks.Rounds;

namespace ML.Robustness.Benchmarks;

/// <summary>The cost of the tree attack and of the certified bound, on FastTree of breast-cancer.</summary>
internal static class TreeAttackBenchmark
{
    private const int Features = 9, Unit = 9;

    // The file is that of ML.NET's own tests; rows with missing values are left out, and every fifth is not trained on.
    internal static void Run(int trees, int rows, string folder)
    {
        var path = Path.Combine(folder, "breast-cancer.txt");
        if (!File.Exists(path))
        {
            Console.WriteLine($"Trees: not measured, since there is no {path}. Give its folder with --tabular.");
            return;
        }
        var all = BreastCancerRow.Read(path);
        var ml = new MLContext(seed: 1);
        var model = ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            NumberOfLeaves = 20,
            NumberOfTrees = trees,
            MinimumExampleCountPerLeaf = 10,
            LearningRate = 0.2,
        }).Fit(ml.Data.LoadFromEnumerable(all.Where((_, index) => index % 5 != 0)));
        var classifier = Read(model.Model.SubModel.TrainedTreeEnsemble);
        BreastCancerRow[] measured =
            [.. all.Take(rows).Where(row => classifier.Predict(row.Features) == (row.Label ? 1 : 0))];
        var certifier = new TreeCertifier { Threads = 1, Units = [.. Enumerable.Repeat((double)Unit, Features)] };
        Console.WriteLine($"FastTree of {trees} trees, {measured.Length} rows of breast-cancer classified rightly, 1 thread");

        var distances = new List<double>();
        var attack = BusySeconds(() => distances.AddRange(measured.Select((row, number) => new RowCertification(
            classifier, certifier, default).Attack(row.Features, row.Label ? 1 : 0, number).Distance)));
        TreeRobustnessReport? report = null;
        var whole = BusySeconds(() => report = certifier.Certify(
            classifier, [.. measured.Select(row => row.Features)], [.. measured.Select(row => row.Label ? 1 : 0)]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"attack {attack:0.0} s, mean distance "
            + $"{distances.Average():0.00000}; attack and bound {whole:0.0} s, mean "
            + $"radius {report!.MeanCertifiedRadius:0.00000}"));
    }

    private static TreeClassifier Read(RegressionTreeEnsemble ensemble) => TreeClassifier.Binary(new TreeEnsemble(
        [.. ensemble.Trees.Select(tree => new DecisionTree(
            tree.LeftChild, tree.RightChild, tree.NumericalSplitFeatureIndexes, tree.NumericalSplitThresholds, tree.LeafValues))],
        ensemble.TreeWeights, ensemble.Bias));
}

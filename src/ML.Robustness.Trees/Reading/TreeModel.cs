using Microsoft.ML.Calibrators;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Trees.Reading;

/// <summary>The trees of a fitted model of ML.NET: one ensemble, or one for each class.</summary>
/// <param name="Ensembles">The ensembles.</param>
/// <param name="Calibrations">The calibration of each class; null where they are not all of the form of Platt.</param>
internal sealed record TreeModel(IReadOnlyList<TreeEnsemble> Ensembles, IReadOnlyList<PlattScaling>? Calibrations)
{
    /// <summary>Reads a model.</summary>
    /// <param name="model">The model parameters of a prediction step.</param>
    /// <param name="slots">The feature column's slots: thresholds are moved to the raw columns.</param>
    /// <param name="features">The number of each raw feature.</param>
    /// <exception cref="ArgumentException">It is none of trees, or splits by category.</exception>
    internal static TreeModel Read(object model, FeatureSlot[] slots, IReadOnlyDictionary<(string, int), int> features)
    {
        if (model is not OneVersusAllModelParameters several)
            return new TreeModel([EnsembleOf(model, slots, features).Ensemble], null);
        var parts = ModelParts.OfClasses(several).Select(part => EnsembleOf(part, slots, features)).ToArray();
        return new TreeModel(
            [.. parts.Select(part => part.Ensemble)],
            parts.All(part => part.Platt is not null) ? [.. parts.Select(part => part.Platt!.Value)] : null);
    }

    /// <summary>The classifiers that the trees may be, by the form of their scores.</summary>
    internal IEnumerable<TreeClassifier> Classifiers(float threshold)
    {
        if (Ensembles.Count == 1)
            return [TreeClassifier.Binary(Ensembles[0], threshold)];
        return Calibrations is null
            ? [Several(TreeScoreForm.Raw), Several(TreeScoreForm.Softmax)]
            : [Several(TreeScoreForm.Probability), Several(TreeScoreForm.Softmax), Several(TreeScoreForm.Raw)];
    }

    private TreeClassifier Several(TreeScoreForm form) =>
        TreeClassifier.Multiclass(Ensembles, form, form == TreeScoreForm.Probability ? Calibrations : null);

    private static (TreeEnsemble Ensemble, PlattScaling? Platt) EnsembleOf(
        object model, FeatureSlot[] slots, IReadOnlyDictionary<(string, int), int> features)
    {
        var (inner, calibrator) = ModelParts.Uncalibrated(model);
        var ensemble = inner switch
        {
            TreeEnsembleModelParametersBasedOnRegressionTree boosted => Ensemble(boosted.TrainedTreeEnsemble),
            TreeEnsembleModelParametersBasedOnQuantileRegressionTree forest => Ensemble(forest.TrainedTreeEnsemble),
            GamModelParametersBase additive => GamShapes.Read(additive, slots, features),
            _ => throw new ArgumentException(
                $"The model is {inner.GetType().Name}, which has no trees: expected a classifier of FastTree, FastForest, LightGbm "
                + "or Gam, or OneVersusAll of one. For other models use EvaluateRobustness.", nameof(model)),
        };
        return (ensemble, calibrator is PlattCalibrator platt ? new PlattScaling(platt.Slope, platt.Offset) : null);

        TreeEnsemble Ensemble<T>(TreeEnsemble<T> trees)
            where T : RegressionTreeBase => new(
            [.. trees.Trees.Select(tree => TreeOf(tree, slots, features))], [.. trees.TreeWeights], trees.Bias);
    }

    private static DecisionTree TreeOf(
        RegressionTreeBase tree, FeatureSlot[] slots, IReadOnlyDictionary<(string, int), int> features)
    {
        if (tree.CategoricalSplitFlags.Any(isCategorical => isCategorical))
            throw new ArgumentException(
                "The model splits by category, where no distance of features says what changes. Train without "
                + "CategoricalSplit (FastTree) or UseCategoricalSplit (LightGbm).", nameof(tree));
        var split = tree.NumericalSplitFeatureIndexes;
        var nodes = Enumerable.Range(0, tree.NumberOfNodes).ToArray();
        return new DecisionTree(
            [.. nodes.Select(node => tree.LeftChild[node])],
            [.. nodes.Select(node => tree.RightChild[node])],
            [.. nodes.Select(node => features[(slots[split[node]].Column, slots[split[node]].Slot)])],
            [.. nodes.Select(node => slots[split[node]].RawThreshold(tree.NumericalSplitThresholds[node]))],
            [.. tree.LeafValues.Take(nodes.Length + 1)]);
    }
}

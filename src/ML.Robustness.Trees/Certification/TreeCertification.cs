using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Reading;

namespace ML.Robustness.Trees.Certification;

/// <summary>What the methods of the catalogs do.</summary>
internal static class TreeCertification
{
    internal static TreeRobustnessMetrics Run(
        TrainCatalogBase catalog, ITransformer model, IDataView data, TreeCertificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        double[] epsilons = [.. options.Epsilons.Order()];
        if (epsilons.FirstOrDefault(epsilon => !(epsilon >= 0 && double.IsFinite(epsilon)), 0) is var bad and not 0)
            throw new ArgumentOutOfRangeException(
                nameof(options), bad, "Options.Epsilons must be finite numbers of zero or more.");
        var (predictor, slots) = Find(model, data.Schema);
        var features = new RawFeatures(data.Schema, slots);
        var trees = TreeModel.Read(predictor.Model, slots, features.Numbers);
        var certifier = new TreeCertifier
        {
            Norm = options.Norm,
            Units = features.ValuesOf(options.Units, 1, nameof(options.Units)),
            Ranges = features.ValuesOf(options.Ranges, ValueRange.Unbounded, nameof(options.Ranges)),
            MaxClique = options.MaxClique,
            Levels = options.Levels,
            ComputeExact = options.ComputeExact,
            MaxSearchNodes = options.MaxSearchNodes,
            AttackStarts = options.AttackStarts,
            AttackRestarts = options.AttackRestarts,
            Seed = options.Seed ?? Environments.SeedFor(catalog),
            FirstRow = options.FirstRow,
            Threads = options.Threads,
            Progress = options.Progress,
        };
        var rows = TreeRows.Read(catalog, model, data, features, trees, options);
        var report = certifier.Certify(rows.Classifier, rows.Features, rows.Labels, options.CancellationToken);
        var names = rows.Values?.Names()
            ?? [.. Enumerable.Range(0, rows.Classifier.Classes).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        return new TreeRobustnessMetrics(report, options.Norm, features.Names, names, rows.Features, epsilons);
    }

    /// <summary>The step that scores, and the slots of the column that it reads.</summary>
    private static (ISingleFeaturePredictionTransformer<object> Predictor, FeatureSlot[] Slots) Find(
        ITransformer model, DataViewSchema schema)
    {
        ITransformer[] steps = [.. ClassifierChain.StepsOf(model)];
        if (ClassifierChain.LastScorerOf(model) is not { } last)
            throw new ArgumentException(
                $"The model is no classifier: expected one of FastTree, FastForest or LightGbm, alone or in a chain, got "
                + $"{model.GetType().Name}.", nameof(model));
        if (last is not ISingleFeaturePredictionTransformer<object> predictor)
            throw new ArgumentException(
                $"The model's scores are made by {last.GetType().Name}, which has no trees: expected a classifier of FastTree, "
                + "FastForest or LightGbm.", nameof(model));
        return (predictor, FeatureColumns.Follow(
            schema, steps.TakeWhile(step => !ReferenceEquals(step, last)), predictor.FeatureColumnName));
    }
}

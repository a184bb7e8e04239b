using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.EvaluatedModels;
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
        var chain = TreeChain.Of(model, data.Schema);
        var features = chain.Features;
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
        var scored = model.Transform(data);
        EvaluatedModel.CheckClasses(catalog, chain.ScoresOf(scored.Schema).Classes);
        var rows = TreeRows.Read(chain, data, scored, options.LabelColumnName, options.CancellationToken);
        if (rows.Features.Length == 0 && options.FirstRow == 0)
            throw new InvalidOperationException(
                "The data have no rows. Check the path of the file, and the filters before this step.");
        var report = certifier.Certify(rows.Classifier, rows.Features, rows.Labels, options.CancellationToken);
        var names = rows.Values?.Names()
            ?? [.. Enumerable.Range(0, rows.Classifier.Classes).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        return new TreeRobustnessMetrics(report, options.Norm, features.Names, names, rows.Features, epsilons);
    }
}

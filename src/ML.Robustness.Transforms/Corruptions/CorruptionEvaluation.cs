using Microsoft.ML;
using ML.Robustness.Evaluation;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Corruptions;

/// <summary>The measure of <c>ml.MulticlassClassification</c> and <c>ml.BinaryClassification</c>, which is the same.</summary>
internal static class CorruptionEvaluation
{
    /// <summary>Measures how many corrupted images each classifier gets right.</summary>
    internal static CorruptionReport Run(
        TrainCatalogBase catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data, CorruptionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new CorruptionOptions();
        if (models.Count == 0)
            throw new ArgumentException("There is no model to evaluate: give one by name or more.", nameof(models));
        var found = new List<(string Name, EvaluatedModel Model)>();
        try
        {
            foreach (var (name, model) in models)
                found.Add((name, EvaluatedModel.OfOneColumn(
                    catalog, model, data, options.LabelColumnName, options.FeatureColumnName, options.CancellationToken,
                    options.FirstRow)));
            var (first, numbered) = found.Find(entry => entry.Model.Data.Shape.IsImage) is { Model: not null } image
                ? image : found[0];
            return CorruptionReport.Measure(
                [.. found.Select(entry => (entry.Name, entry.Model.Beside(numbered, entry.Name, first)))], numbered.Data,
                options.Corruptions, options.Severities, options.Range,
                options.Seed ?? Environments.SeedFor(catalog), options.CancellationToken);
        }
        finally
        {
            found.ForEach(entry => entry.Model.Dispose());
        }
    }
}

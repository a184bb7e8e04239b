using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.DifferentiableChains;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RawFeatures;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.EvaluatedModels;

/// <summary>
/// A model for a measure, with the rows that reach it: a network with gradients, or any model by its scores alone.
/// </summary>
internal sealed class EvaluatedModel : IDisposable
{
    private const string DefaultFeatures = "Features";

    private readonly IDisposable[] _owned;

    private EvaluatedModel(
        Module<Tensor, Tensor> network,
        Device device,
        FeatureColumn features,
        DataViewSchema.Column labels,
        KeyValues? values,
        LabeledDataset data,
        bool isBinary,
        params IDisposable[] owned)
    {
        Network = network;
        Device = device;
        Features = features;
        Labels = labels;
        Values = values;
        Data = data;
        _owned = owned;
        ClassNames = (values ?? (labels.Type is KeyDataViewType ? KeyValues.Of(labels, data.Classes) : null)
            ?? (isBinary ? KeyValues.Booleans : null))?.Names()
            ?? [.. Enumerable.Range(0, data.Classes).Select(index => index.ToString(CultureInfo.InvariantCulture))];
    }

    internal Module<Tensor, Tensor> Network { get; }

    internal Device Device { get; }

    /// <summary>The column that is attacked.</summary>
    internal FeatureColumn Features { get; }

    /// <summary>The column of labels.</summary>
    internal DataViewSchema.Column Labels { get; }

    /// <summary>The values of the model's classes; null where it has none.</summary>
    internal KeyValues? Values { get; }

    /// <summary>The rows, their labels numbered as the model's classes are.</summary>
    internal LabeledDataset Data { get; }

    internal bool HasGradients => Network is not ScoringNetwork;

    /// <summary>Whether the logits are an affine function of the features that may be changed.</summary>
    internal bool IsAffine => Network is ChainNetwork { IsAffine: true };

    /// <summary>Why there are no gradients; null where there are.</summary>
    internal string? NoGradients { get; private init; }

    /// <summary>The raw columns that are attacked, and those that keep their values; null where the classifier's own column is
    /// attacked.</summary>
    internal RawColumns? Raw { get; private init; }

    /// <summary>The model itself, which decides whether a row is classified rightly; null where the network does.</summary>
    internal Module<Tensor, Tensor>? Judge { get; private init; }

    /// <summary>Whether adversarial rows must be bytes, since the model scores nothing else.</summary>
    private bool ScoresBytes => Features.IsBytes && !HasGradients;

    /// <summary>The classes' names: their values, else their numbers.</summary>
    internal IReadOnlyList<string> ClassNames { get; }

    /// <summary>The model for an attack on columns of rows.</summary>
    /// <param name="catalog">The catalog of the measure, which tells how many classes there may be.</param>
    /// <param name="model">A classifier, alone or in a chain of any depth.</param>
    /// <param name="data">Rows as the model takes them.</param>
    /// <param name="labelColumnName">The labels, in these rows or as the model makes them.</param>
    /// <param name="featureColumnNames">
    /// The columns of these rows to attack; none for the one that reaches the classifier, or else "Features".
    /// </param>
    /// <param name="cancellation">Ends reading early.</param>
    /// <param name="firstRow">The number of the first row within the whole.</param>
    internal static EvaluatedModel Of(
        TrainCatalogBase catalog,
        ITransformer model,
        IDataView data,
        string labelColumnName,
        IReadOnlyList<string> featureColumnNames,
        CancellationToken cancellation,
        long firstRow = 0)
    {
        data = NumberedRows.Of(data, firstRow);
        if (ClassifierChain.Find(model, data) is { } found
            && (featureColumnNames.Count == 0 || (featureColumnNames is [var name]
                && IsUntouched(data.Schema, found.Rows.Schema, found.Classifier.FeatureColumnName, name))))
        {
            CheckClasses(catalog, found.Classifier.Classes);
            return WithGradients(found.Classifier, found.Rows, labelColumnName, firstRow, cancellation);
        }
        return OfRawColumns(catalog, model, data, labelColumnName,
            featureColumnNames.Count == 0 ? [DefaultFeatures] : featureColumnNames, firstRow, cancellation);
    }

    /// <summary>The model for a measure of several models on the same rows, in one column of them.</summary>
    /// <exception cref="InvalidOperationException">A model's scores depend on other columns, too.</exception>
    internal static EvaluatedModel OfOneColumn(
        TrainCatalogBase catalog, ITransformer model, IDataView data, string labelColumnName, string? featureColumnName,
        CancellationToken cancellation, long firstRow = 0)
    {
        var found = Of(catalog, model, data, labelColumnName, featureColumnName is null ? [] : [featureColumnName], cancellation,
            firstRow);
        if (found.Raw?.Columns.FirstOrDefault(column => column.Fixed is not null) is not { } other)
            return found;
        found.Dispose();
        throw new InvalidOperationException(
            $"The model's scores depend on column '{other.Name}' as well as on '{found.Raw.Columns[0].Name}', but only one can "
            + "be changed. Bring the features together with Concatenate before the model.");
    }

    /// <summary>The network beside another model's: for rows of its shape, with classes in its order.</summary>
    /// <param name="other">The model whose rows are used.</param>
    /// <param name="name">This model's name, and</param>
    /// <param name="otherName">the other's, as messages give them.</param>
    /// <exception cref="ArgumentException">The classes are not the same.</exception>
    internal Module<Tensor, Tensor> Beside(EvaluatedModel other, string name, string otherName)
    {
        if (Data.Classes != other.Data.Classes)
            throw new ArgumentException(
                $"'{otherName}' has {other.Data.Classes} classes, but '{name}' has {Data.Classes}: give models of the same "
                + "classes.", nameof(other));
        int[] order = [.. Enumerable.Range(0, Data.Classes)];
        if (Values is not null && other.Values is not null)
        {
            string[] texts = [.. Values.Texts()];
            order = [.. other.Values.Texts().Select(text => Array.IndexOf(texts, text))];
            if (Array.IndexOf(order, -1) >= 0)
                throw new ArgumentException(LabelMap.Differ(
                    $"The classes of model '{name}'", Values, $"those of model '{otherName}'", other.Values), nameof(other));
        }
        return Features.Shape == other.Features.Shape && order.SequenceEqual(Enumerable.Range(0, Data.Classes))
            ? Network : new AdaptedNetwork(Network, Features.Shape, order, Device);
    }

    /// <summary>Throws where the attack works in another range than the column.</summary>
    internal void CheckRange(ThreatModel threatModel) =>
        Features.CheckRange(threatModel.Range, "the threat model has the range", nameof(threatModel));

    /// <summary>The suites of a factory, judged on bytes where the model scores nothing else.</summary>
    internal Func<ThreatModel, AttackSuite> Judged(Func<ThreatModel, AttackSuite> suiteAt) => ScoresBytes
        ? threatModel => suiteAt(threatModel) is { } suite ? QuantizedAttack.Suite(suite) : null!
        : suiteAt;

    public void Dispose()
    {
        Data.Dispose();
        foreach (var owned in _owned)
            owned.Dispose();
    }

    private static EvaluatedModel WithGradients(
        NeuralClassifierTransformer classifier, IDataView rows, string labelColumnName, long firstRow,
        CancellationToken cancellation)
    {
        var use = classifier.Lifetime.Use();
        try
        {
            var data = EvaluationRows.Read(classifier, rows, labelColumnName, long.MaxValue, firstRow, cancellation);
            return new EvaluatedModel(
                classifier.Network, classifier.Device, classifier.Features, rows.Schema[labelColumnName], classifier.KeyValues,
                data, classifier.Kind == ClassifierKind.Binary, use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private static EvaluatedModel OfRawColumns(
        TrainCatalogBase catalog, ITransformer model, IDataView data, string labelColumnName,
        IReadOnlyList<string> featureColumnNames, long firstRow, CancellationToken cancellation)
    {
        var schema = model.GetOutputSchema(data.Schema);
        if (ModelScores.Of(model, schema) is not { } scores)
            throw new ArgumentException(
                $"The model is no classifier: expected a {nameof(NeuralClassifierTransformer)}, alone or in a chain, or a model "
                + $"with the column '{ClassifierColumns.Score}' of a Single for each class, or of one Single where there are "
                + $"two, got {model.GetType().Name}{Told(schema)}. "
                + "Train one with AdversarialTraining, or with a binary or multiclass trainer of ML.NET.", nameof(model));
        CheckClasses(catalog, scores.Classes);
        ITransformer[] steps = [.. ClassifierChain.StepsOf(model)];
        var raw = RawColumns.Of(data.Schema, featureColumnNames, StepDependencies.Of(steps, data.Schema, scores.ColumnName));
        var isBinary = scores.Threshold is not null;
        // As ML.NET's own evaluation has it: the second of two keys is the positive class, whatever they stand for.
        var values = scores.Values ?? (isBinary && schema.GetColumnOrNull(labelColumnName)?.Type is BooleanDataViewType
            ? KeyValues.Booleans : null);
        var rows = EvaluationRows.ReadThrough(model, RawFeatureRows.Of(data, raw), raw.Features, labelColumnName, values,
            scores.Classes, firstRow, cancellation);
        ScoringNetwork? scoring = null;
        try
        {
            scoring = new ScoringNetwork(model, raw, scores);
            var device = steps.OfType<NeuralClassifierTransformer>().LastOrDefault()?.Device ?? CPU;
            var network = DifferentiableChain.Of(model, raw, scores, rows, device, out var reason);
            if (network is null)
                Tell(catalog, reason!);
            return new EvaluatedModel(
                network ?? (Module<Tensor, Tensor>)scoring, network is null ? CPU : device, raw.Features, schema[labelColumnName],
                values, rows, isBinary, network is null ? [scoring] : [scoring, network])
            {
                NoGradients = reason,
                Raw = raw,
                Judge = network is null ? null : scoring,
            };
        }
        catch
        {
            scoring?.Dispose();
            rows.Dispose();
            throw;
        }
    }

    private static void Tell(TrainCatalogBase catalog, string reason)
    {
        using var channel = Environments.Of(catalog).Start("Reading a model");
        channel.Warning(MessageSensitivity.None, $"The model is attacked by its scores alone: {reason}.");
    }

    /// <summary>Throws where a binary measure gets a model of more classes.</summary>
    internal static void CheckClasses(TrainCatalogBase catalog, int classes)
    {
        if (catalog is BinaryClassificationCatalog && classes != 2)
            throw new ArgumentException(
                $"The model has {classes} classes, but ml.BinaryClassification measures models of 2. "
                + "Use the same method of ml.MulticlassClassification.", nameof(catalog));
    }

    private static string Told(DataViewSchema schema) =>
        schema.GetColumnOrNull(ClassifierColumns.Score) is { } score && ClassifierColumns.KindOf(score) is { } kind
            ? $" with scores of {kind}" : "";

    /// <summary>Whether the classifier reads the named column itself, not replaced by a step before it.</summary>
    private static bool IsUntouched(DataViewSchema before, DataViewSchema after, string reads, string named) =>
        reads == named && before.GetColumnOrNull(named)?.Index is { } index && after.GetColumnOrNull(named)?.Index == index;
}

using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>
/// A model for attacks with the rows that reach it: a network with gradients, or any model by its scores alone.
/// </summary>
internal sealed class ScoreOnlyModel : IDisposable
{
    private const string DefaultFeatures = "Features";

    private readonly Module<Tensor, Tensor>? _owned;

    private ScoreOnlyModel(
        Module<Tensor, Tensor> network,
        Device device,
        FeatureColumn features,
        LabelColumn label,
        DataViewSchema.Column labelColumn,
        LabeledDataset data,
        bool hasGradients)
    {
        Network = network;
        Device = device;
        Features = features;
        Label = label;
        Data = data;
        HasGradients = hasGradients;
        ClassNames = NamesOf(labelColumn, data.Classes);
        _owned = hasGradients ? null : network;
    }

    internal Module<Tensor, Tensor> Network { get; }

    internal Device Device { get; }

    /// <summary>The column that is attacked.</summary>
    internal FeatureColumn Features { get; }

    internal LabelColumn Label { get; }

    internal LabeledDataset Data { get; }

    internal bool HasGradients { get; }

    /// <summary>Whether adversarial rows must be bytes, since the model scores nothing else.</summary>
    private bool ScoresBytes => Features.IsBytes && !HasGradients;

    /// <summary>The classes' names where the labels have text values, else their numbers.</summary>
    internal IReadOnlyList<string> ClassNames { get; }

    /// <summary>The model for an attack on a column of rows.</summary>
    /// <param name="model">A classifier, alone or in a chain of any depth.</param>
    /// <param name="data">Rows as the model takes them.</param>
    /// <param name="labelColumnName">The labels, in these rows or as the model makes them.</param>
    /// <param name="featureColumnName">The column of these rows to attack; null for the one that reaches the classifier.</param>
    /// <param name="cancellation">Ends reading early.</param>
    internal static ScoreOnlyModel Of(
        ITransformer model,
        IDataView data,
        string labelColumnName,
        string? featureColumnName,
        CancellationToken cancellation)
    {
        var rows = data;
        foreach (var step in ClassifierInChain.Steps(model))
        {
            if (step is not NeuralClassifierTransformer classifier)
            {
                rows = step.Transform(rows);
                continue;
            }
            if (featureColumnName is null
                || IsUntouched(data.Schema, rows.Schema, classifier.FeatureColumnName, featureColumnName))
                return WithGradients(classifier, rows, labelColumnName, cancellation);
            break;
        }
        return ByScores(model, data, labelColumnName, featureColumnName ?? DefaultFeatures, cancellation);
    }

    /// <summary>Throws where the attack works in another range than the column.</summary>
    internal void CheckRange(ThreatModel threatModel)
    {
        if (Features.IsBytes && (threatModel.Range.Minimum < 0 || threatModel.Range.Maximum > 1))
            throw new ArgumentException(
                $"Column '{Features.Name}' is of bytes, which stand for their 255th part, but the attack works in "
                + $"{threatModel.Range}. Give it a threat model in [0, 1], for example ThreatModel.LInf(8 / 255.0).",
                nameof(threatModel));
    }

    /// <summary>The suites of a factory, judged on bytes where the model scores nothing else.</summary>
    internal Func<ThreatModel, AttackSuite> Judged(Func<ThreatModel, AttackSuite> suiteAt) => ScoresBytes
        ? threatModel => suiteAt(threatModel) is { } suite ? QuantizedAttack.Suite(suite) : null!
        : suiteAt;

    public void Dispose()
    {
        Data.Dispose();
        _owned?.Dispose();
    }

    private static ScoreOnlyModel WithGradients(
        NeuralClassifierTransformer classifier, IDataView rows, string labelColumnName, CancellationToken cancellation)
    {
        classifier.ThrowIfDisposed();
        classifier.Features.Find(rows.Schema);
        LabelColumn.Check(ColumnShapes.Of(rows.Schema), labelColumnName);
        var label = LabelColumn.Resolve(rows.Schema, labelColumnName);
        var data = new RowReader(classifier.Features, label, null, cancellation).ReadValidation(rows, classifier.Classes);
        return new ScoreOnlyModel(
            classifier.Network, classifier.Device, classifier.Features, label, rows.Schema[labelColumnName], data, true);
    }

    private static ScoreOnlyModel ByScores(
        ITransformer model, IDataView data, string labelColumnName, string featureColumnName, CancellationToken cancellation)
    {
        var scored = model.Transform(data);
        if (scored.Schema.GetColumnOrNull(ClassifierColumns.Score)?.Type is not VectorDataViewType { Size: > 1 } score
            || score.ItemType != NumberDataViewType.Single)
        {
            throw new ArgumentException(
                $"The model is no classifier: expected a {nameof(NeuralClassifierTransformer)}, alone or in a chain, or a model "
                + $"with the column '{ClassifierColumns.Score}' of a Single for each class, got {model.GetType().Name}. "
                + "Train one with AdversarialTraining, or with a multiclass trainer of ML.NET.", nameof(model));
        }
        FeatureColumn.Check(ColumnShapes.Of(data.Schema), featureColumnName);
        var features = FeatureColumn.Resolve(data.Schema, featureColumnName, null);
        LabelColumn.Check(ColumnShapes.Of(scored.Schema), labelColumnName);
        var label = LabelColumn.Resolve(scored.Schema, labelColumnName);
        var rows = ScoredRows.Read(data, features, scored, label, score.Size, cancellation);
        try
        {
            var network = new ScoringNetwork(model, data.Schema, features, score.Size, rows);
            return new ScoreOnlyModel(network, CPU, features, label, scored.Schema[labelColumnName], rows, false);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Whether the classifier reads the named column itself, not replaced by a step before it.</summary>
    private static bool IsUntouched(DataViewSchema before, DataViewSchema after, string reads, string named) =>
        reads == named && before.GetColumnOrNull(named)?.Index is { } index && after.GetColumnOrNull(named)?.Index == index;

    private static string[] NamesOf(DataViewSchema.Column label, int classes)
    {
        var valuesType = label.Annotations.Schema.GetColumnOrNull(KeyValues.Kind)?.Type;
        if (valuesType is VectorDataViewType { ItemType: TextDataViewType } type && type.Size == classes)
        {
            VBuffer<ReadOnlyMemory<char>> values = default;
            label.Annotations.GetValue(KeyValues.Kind, ref values);
            return [.. values.DenseValues().Select(value => value.ToString())];
        }
        return [.. Enumerable.Range(0, classes).Select(index => index.ToString(CultureInfo.InvariantCulture))];
    }
}

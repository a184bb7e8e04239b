using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The parameters of the step: the classifiers, the method, and the columns read.</summary>
/// <param name="ensemble">The classifiers.</param>
/// <param name="settings">What is made of rows.</param>
/// <param name="features">The column of features, of the type that the classifier takes.</param>
/// <param name="labelColumnName">The column of labels.</param>
/// <param name="seed">Goes with each row's id into its random numbers.</param>
/// <param name="starts">
/// The rows that searches start from, which are this object's; null for kinds that have none, and before <c>Fit</c>.
/// </param>
/// <param name="cancellation">Ends work early.</param>
/// <param name="firstRow">The number of the first row of the data within the whole.</param>
internal sealed class FeatureDatasetParameters(
    ClassifierEnsemble ensemble, FeatureDatasetOptions settings, FeatureColumn features, string labelColumnName, ulong seed,
    InitialRows? starts, CancellationToken cancellation, long firstRow = 0) : IDisposable
{
    private readonly FeatureDatasetMethod? _method =
        settings.MatchesFeatures && starts is null ? null : settings.Create(ensemble.Classifier, ensemble.Others, starts);

    private readonly NativeLifetime[] _lifetimes = starts is null ? [.. ensemble.Lifetimes]
        : [.. ensemble.Lifetimes, new(starts.Dispose, static () => DisposedModel.Error(typeof(RobustFeatureDatasetTransformer)))];

    internal ClassifierEnsemble Ensemble => ensemble;

    internal FeatureDatasetOptions Settings => settings;

    internal FeatureColumn Features => features;

    internal string LabelColumnName => labelColumnName;

    internal ulong Seed => seed;

    internal InitialRows? Starts => starts;

    internal long FirstRow => firstRow;

    internal NeuralClassifierTransformer Classifier => Ensemble.Classifier;

    internal static FeatureDatasetParameters Of(RobustFeatureDatasetEstimator.Options options)
    {
        var classifiers = ClassifierEnsemble.Of(options);
        var column = classifiers.Classifier.Features.In(options.InputColumnName);
        var made = FeatureDatasetOptions.Of(options, column);
        if (made.MatchesFeatures)
            Try(classifiers.Classifier, made.Layer);
        return new FeatureDatasetParameters(classifiers, made, column, options.LabelColumnName, 0, null,
            options.CancellationToken);
    }

    /// <summary>The parameters after <c>Fit</c>.</summary>
    internal FeatureDatasetParameters Fitted(ulong drawn, InitialRows? read, long first) =>
        new(ensemble, settings, features, labelColumnName, drawn, read, cancellation, first);

    /// <summary>Checks the columns for <c>Fit</c> and <c>GetOutputSchema</c>.</summary>
    internal void Check(SchemaShape inputSchema)
    {
        ThrowIfDisposed();
        Features.CheckAgain(inputSchema);
        LabelColumn.Check(inputSchema, LabelColumnName,
            " The step needs each row's label: to score rows without, append it with TransformerScope.TrainTest and take " +
            "GetModelFor(TransformerScope.Scoring).");
    }

    /// <summary>Finds the columns read, in rows of this schema: features and labels.</summary>
    internal DataViewSchema.Column[] Find(DataViewSchema inputSchema)
    {
        Check(ColumnShapes.Of(inputSchema));
        var found = Features.Find(inputSchema);
        var label = Classifier.FindLabels(inputSchema, LabelColumnName);
        if (LabelsOf(label).Any(number => number < 0)
            || (label.Type is KeyDataViewType key && key.Count < (ulong)Classifier.Classes))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Label column '{LabelColumnName}' of type {label.Type} has no keys for all of the classifier's " +
                    $"{Classifier.Classes} classes, which new labels may be. Make it with the fitted MapValueToKey that the " +
                    "classifier was trained after.");
        }

        return [found, label];
    }

    /// <summary>Creates a reader of class labels from the cursor's current row.</summary>
    internal Func<int> LabelReader(DataViewRow row) => Classifier.LabelReader(row, LabelColumnName);

    /// <summary>The label of each class in the column of labels; -1 where a class has none.</summary>
    internal float[] LabelsOf(DataViewSchema.Column label) =>
        LabelMap.Of(label, Classifier.KeyValues).LabelsOf(Classifier.Classes);

    /// <summary>Creates the new rows of a block; they belong to the current dispose scope.</summary>
    internal FeatureDatasetRows Run(FeatureBlock block, long[] labels, long[] rowNumbers)
    {
        using var use = Use();
        CheckNumbers(rowNumbers);
        var origins = block.ToInputs().to(Classifier.Device);
        return _method!.CreateRows(Classifier.Network, origins, tensor(labels, device: CPU).to(Classifier.Device),
            new RowRandom(Seed, rowNumbers), cancellation);
    }

    /// <summary>Reads the features of one row of zeros, so that an unsuitable network is found before any data.</summary>
    private static void Try(NeuralClassifierTransformer classifier, string? layer)
    {
        using var use = classifier.Lifetime.Use();
        using var recording = new RecordingScope();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var row = zeros(classifier.Features.Shape.Batch(1), ScalarType.Float32, classifier.Device);
        ModelCall.Extract(FeatureExtractor.Of(classifier.Network, layer), row, passesRectifier: true);
    }

    // The rows to start from are those of the whole; a part that was fitted alone would draw others, without a word.
    private void CheckNumbers(long[] rowNumbers)
    {
        if (FirstRow == 0 || Starts is null)
            return;
        var other = Array.FindIndex(rowNumbers, number => !Starts.Has(number));
        if (other >= 0)
            throw new InvalidOperationException(
                $"Row {rowNumbers[other]} of the whole is none of the {Starts.Numbers.Count} rows that the step was fitted on, "
                + $"but {settings.Kind} starts each search from another row of the whole. Call Fit with all rows of the whole, "
                + "and Transform with the part that Options.FirstRow tells the place of.");
    }

    public void Dispose()
    {
        if (Starts is not null)
            _lifetimes[^1].Dispose();
        Ensemble.Dispose();
    }

    /// <summary>Begins a use of the classifiers and the rows that searches start from; disposing the result ends it.</summary>
    /// <exception cref="ObjectDisposedException">One of them was disposed.</exception>
    internal IDisposable Use() => NativeLifetime.UseAll(_lifetimes);

    private void ThrowIfDisposed() => Array.ForEach(_lifetimes, lifetime => lifetime.ThrowIfDisposed());
}

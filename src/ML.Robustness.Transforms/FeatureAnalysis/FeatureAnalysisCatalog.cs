using ML.Robustness.FeatureAnalysis;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds to <c>MLContext.MulticlassClassification</c> what tells robust features from others.</summary>
public static class FeatureAnalysisCatalog
{
    /// <summary>Measures how much of what a feature data set teaches is explained by robust features alone, as
    /// <see cref="RobustFeatureLeakage"/> describes.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="classifier">The adversarially trained classifier whose features are the robust ones: trained by
    /// <c>AdversarialTraining</c>, alone or in a chain.</param>
    /// <param name="featureDataset">The feature data set: rows as the classifier takes them, with their new labels.</param>
    /// <param name="originals">
    /// Original rows with their own labels, best ones that the feature data set was not created from.
    /// </param>
    /// <param name="source">Which of the classifier's features.</param>
    /// <param name="labelColumnName">The column of labels of both.</param>
    /// <param name="penalty">The ridge of the linear classifier, as a share of the features' mean variance; above zero.</param>
    /// <param name="layer">The layer of the classifier's network whose output is the features; null for the penultimate
    /// ones.</param>
    /// <param name="cancellation">Ends the measurement early.</param>
    /// <returns>The leakage.</returns>
    /// <exception cref="ArgumentException">The model has no such classifier, or its features cannot be read or are too
    /// many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than the classifier was trained on,
    /// or the penalty is not above zero.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, a row has no label or features that are not finite, or the
    /// features are too nearly dependent.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustFeatureLeakage MeasureFeatureLeakage(
        this MulticlassClassificationCatalog catalog, ITransformer classifier, IDataView featureDataset, IDataView originals,
        FeatureSource source = FeatureSource.Penultimate,
        string labelColumnName = Defaults.LabelColumnName, double penalty = 1e-3, string? layer = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(featureDataset);
        ArgumentNullException.ThrowIfNull(originals);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ClassifierChain.ClassifierOf(classifier, nameof(MeasureFeatureLeakage));
        using var taught = EvaluatedModel.OfOneColumn(catalog, classifier, featureDataset, labelColumnName, null, cancellation);
        using var asked = EvaluatedModel.OfOneColumn(catalog, classifier, originals, labelColumnName, null, cancellation);
        return RobustFeatureLeakage.Measure(taught.Network, source, taught.Data, asked.Data, penalty, layer, cancellation);
    }

    /// <summary>Measures how useful and how robust the linear features of a data set are, as <see cref="LinearFeatures"/>
    /// describes.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="data">Rows of features and labels.</param>
    /// <param name="threatModel">What the adversary may do: L∞, L2 or L1, ε in the units of the features, [0, 1] for
    /// bytes.</param>
    /// <param name="positiveClass">The number of the class that is told from others, from 0: a key's value less one.</param>
    /// <param name="negativeClass">The number of the class it is told from; null for all others.</param>
    /// <param name="labelColumnName">The column of labels: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</param>
    /// <param name="featureColumnName">The column of features: Vector&lt;Single&gt; or Vector&lt;Byte&gt;.</param>
    /// <param name="cancellation">Ends the analysis early.</param>
    /// <returns>The analysis.</returns>
    /// <exception cref="ArgumentException">One of the two sides has no rows, or the threat model's norm has no dual
    /// here.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or a class is none of the
    /// labels'.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or a row has no label or features that are not
    /// finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static LinearFeatures AnalyzeLinearFeatures(
        this MulticlassClassificationCatalog catalog, IDataView data, ThreatModel threatModel, int positiveClass,
        int? negativeClass = null,
        string labelColumnName = Defaults.LabelColumnName, string featureColumnName = Defaults.FeatureColumnName,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(threatModel);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        var shape = ColumnShapes.Of(data.Schema);
        FeatureColumn.Check(shape, featureColumnName);
        LabelColumn.Check(shape, labelColumnName);
        var reader = new RowReader(FeatureColumn.Resolve(data.Schema, featureColumnName, null),
            LabelColumn.Resolve(data.Schema, labelColumnName), null, cancellation);
        using var rows = reader.ReadTraining(data, default).Training;
        return LinearFeatures.Analyze(rows, threatModel, positiveClass, negativeClass, cancellation);
    }
}

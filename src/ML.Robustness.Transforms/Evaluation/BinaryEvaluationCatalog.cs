using ML.Robustness.Attacks;
using ML.Robustness.Evaluation;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds measures of robustness to <c>MLContext.BinaryClassification</c>.</summary>
/// <remarks>
/// For models of two classes: those of <c>AdversarialTraining</c> and ML.NET's linear ones, with gradients, and those of its
/// other binary trainers, by their <c>Score</c> alone. Labels are Boolean, keys of two values, or 0 and 1 as <see cref="float"/>.
/// Clean accuracy is that of <c>ml.BinaryClassification.Evaluate</c>; where <c>ChangeModelThreshold</c> has changed the threshold
/// it is that of <c>PredictedLabel</c>, which <c>Evaluate</c> leaves out.
/// </remarks>
public static class BinaryEvaluationCatalog
{
    /// <inheritdoc cref="EvaluationCatalog.EvaluateRobustness(MulticlassClassificationCatalog, ITransformer,
    /// IDataView, Attack, string, IProgress{double}, CancellationToken)"/>
    public static RobustnessMetrics EvaluateRobustness(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, Attack attack,
        string labelColumnName = Defaults.LabelColumnName,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        RobustnessEvaluation.Run(catalog, model, data, attack, labelColumnName, progress, cancellation);

    /// <inheritdoc cref="EvaluationCatalog.EvaluateRobustness(MulticlassClassificationCatalog, ITransformer,
    /// IDataView, RobustnessOptions)"/>
    public static RobustnessMetrics EvaluateRobustness(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, RobustnessOptions options) =>
        RobustnessEvaluation.Run(catalog, model, data, options);

    /// <inheritdoc cref="EvaluationCatalog.EvaluateTransfer(MulticlassClassificationCatalog,
    /// IReadOnlyDictionary{string, ITransformer}, IDataView, Attack, string, string, CancellationToken)"/>
    public static TransferMatrix EvaluateTransfer(
        this BinaryClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        Attack attack,
        string labelColumnName = Defaults.LabelColumnName, string featureColumnName = Defaults.FeatureColumnName,
        CancellationToken cancellation = default) =>
        RobustnessEvaluation.Transfer(catalog, models, data, new TransferOptions
        {
            Attack = attack ?? throw new ArgumentNullException(nameof(attack)),
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            CancellationToken = cancellation,
        });

    /// <inheritdoc cref="EvaluationCatalog.EvaluateTransfer(MulticlassClassificationCatalog,
    /// IReadOnlyDictionary{string, ITransformer}, IDataView, TransferOptions)"/>
    public static TransferMatrix EvaluateTransfer(
        this BinaryClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        TransferOptions options) =>
        RobustnessEvaluation.Transfer(catalog, models, data, options);
}

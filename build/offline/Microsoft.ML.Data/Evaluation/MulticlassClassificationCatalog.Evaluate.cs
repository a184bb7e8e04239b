using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class MulticlassClassificationCatalog
{
    public MulticlassClassificationMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel", int topKPredictionCount = 0)
    {
        Environment.CheckValue(data, nameof(data));
        Environment.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Environment.CheckNonEmpty(scoreColumnName, nameof(scoreColumnName));
        Environment.CheckNonEmpty(predictedLabelColumnName, nameof(predictedLabelColumnName));
        Environment.CheckUserArg(topKPredictionCount >= 0, nameof(topKPredictionCount), "Must be non-negative");

        DataViewSchema.Column label = Find(data.Schema, labelColumnName, "Label");
        DataViewSchema.Column score = Find(data.Schema, scoreColumnName, "Score");
        Find(data.Schema, predictedLabelColumnName, "PredictedLabel");
        return new MulticlassEvaluator(Environment, data, label, score).Evaluate(topKPredictionCount);
    }

    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(IDataView data, IEstimator<ITransformer> estimator,
        int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null)
    {
        Environment.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Environment.CheckValue(data, nameof(data));
        Environment.CheckValue(estimator, nameof(estimator));
        Environment.CheckParam(numberOfFolds > 1, "numFolds", "Must be more than 1");
        string splitColumn = DataOperationsCatalog.CreateSplitColumn(Environment, ref data, samplingKeyColumnName, seed, fallbackInEnvSeed: true);
        var folds = DataOperationsCatalog.CrossValidationSplit(Environment, data, splitColumn, numberOfFolds).Select(split =>
        {
            ITransformer model = estimator.Fit(split.TrainSet);
            return (Model: model, Scores: model.Transform(split.TestSet));
        }).ToList();
        return folds.Select((fold, i) => new CrossValidationResult<MulticlassClassificationMetrics>(fold.Model,
            Evaluate(fold.Scores, labelColumnName), fold.Scores, i)).ToArray();
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string name, string role)
        => schema.GetColumnOrNull(name) ?? throw Contracts.ExceptParam(nameof(schema), $"{name} column '{role}' not found");
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Trees.Reading;

namespace ML.Robustness.Trees.Certification;

/// <summary>A fitted model of trees, alone or in a chain, over the columns of some data.</summary>
/// <param name="Model">The model.</param>
/// <param name="Features">The raw features.</param>
/// <param name="Trees">The trees, with the thresholds of raw features.</param>
internal sealed record TreeChain(ITransformer Model, RawFeatures Features, TreeModel Trees)
{
    /// <exception cref="ArgumentException">The model has no trees, or a step before them cannot be followed.</exception>
    internal static TreeChain Of(ITransformer model, DataViewSchema schema)
    {
        ITransformer[] steps = [.. ClassifierChain.StepsOf(model)];
        if (ClassifierChain.LastScorerOf(model) is not { } last)
            throw new ArgumentException(
                $"The model is no classifier: expected one of FastTree, FastForest, LightGbm or Gam, alone or in a chain, got "
                + $"{model.GetType().Name}.", nameof(model));
        if (last is not ISingleFeaturePredictionTransformer<object> predictor)
            throw new ArgumentException(
                $"The model's scores are made by {last.GetType().Name}, which has no trees: expected a classifier of FastTree, "
                + "FastForest, LightGbm or Gam.", nameof(model));
        var slots = FeatureColumns.Follow(
            schema, steps.TakeWhile(step => !ReferenceEquals(step, last)), predictor.FeatureColumnName);
        var features = new RawFeatures(schema, slots);
        return new TreeChain(model, features, TreeModel.Read(predictor.Model, slots, features.Numbers));
    }

    /// <summary>The scores of the model, in the columns that it leaves.</summary>
    /// <exception cref="ArgumentException">They are no classifier's, or no sums of trees decide.</exception>
    internal ModelScores ScoresOf(DataViewSchema scored)
    {
        var scores = ModelScores.Of(Model, scored) ?? throw new ArgumentException(
            $"The model is no classifier: {Model.GetType().Name} does not leave a column 'Score' of classes.", nameof(scored));
        if (scores.Threshold is not null && scores.ColumnName != ClassifierColumns.Score)
            throw new ArgumentException(
                $"The model predicts by a threshold of column '{scores.ColumnName}': expected one of "
                + $"'{ClassifierColumns.Score}', which trees sum up. Give it to ChangeModelThreshold.", nameof(scored));
        return scores;
    }
}

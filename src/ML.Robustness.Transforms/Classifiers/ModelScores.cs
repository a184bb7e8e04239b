using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The scores that leave any model of ML.NET: one for each class, or the one of a binary model.</summary>
/// <param name="ColumnName">The column that decides between the classes.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Values">The values of the classes; null where the model does not tell.</param>
/// <param name="Threshold">The number above which a binary model predicts true; null where each class has a score.</param>
internal sealed record ModelScores(string ColumnName, int Classes, KeyValues? Values, float? Threshold)
{
    private const float LeastProbability = 1e-30f;

    /// <summary>The scores of a model; null where it is no classifier.</summary>
    /// <param name="model">The model, alone or in a chain.</param>
    /// <param name="output">The columns of the rows that it scores.</param>
    internal static ModelScores? Of(ITransformer model, DataViewSchema output)
    {
        if (output.GetColumnOrNull(ClassifierColumns.Score) is not { } score)
            return null;
        if (score.Type is VectorDataViewType { Size: > 1 } vector && vector.ItemType == NumberDataViewType.Single)
            return new ModelScores(score.Name, vector.Size, ClassifierColumns.ValuesOf(score, vector.Size), null);
        if (score.Type != NumberDataViewType.Single || ClassifierColumns.KindOf(score) is not (null or ClassifierColumns.Binary))
            return null;
        // Scores without annotations are those of another step, which has replaced the model's.
        var scorer = ClassifierColumns.SetIdOf(output) is null ? null : ClassifierChain.LastScorerOf(model);
        var threshold = (scorer is null ? null : BinaryThreshold.Of(scorer)) ?? new BinaryThreshold(score.Name, 0);
        return new ModelScores(threshold.ColumnName, 2, (scorer as NeuralClassifierTransformer)?.KeyValues, threshold.Value);
    }

    /// <summary>Writes the scores of the row that the cursor stands on, one for each class.</summary>
    /// <remarks>
    /// Those of a binary model are zero and what its score is above the threshold: the second is the larger one where the model
    /// predicts true. A threshold of probabilities is compared by their logits.
    /// </remarks>
    internal RowScores Reader(DataViewRow row)
    {
        var column = row.Schema[ColumnName];
        if (Threshold is not { } threshold)
        {
            var getScores = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> scores = default;
            return found =>
            {
                getScores(ref scores);
                scores.CopyTo(found);
            };
        }
        var getScore = row.GetGetter<float>(column);
        var isProbability = ColumnName == ClassifierColumns.Probability && threshold is > 0 and < 1;
        var score = 0f;
        return found =>
        {
            getScore(ref score);
            found[0] = 0;
            found[1] = isProbability ? (float)(Logit(score) - Logit(threshold)) : score - threshold;
        };
    }

    /// <summary>The logit of a probability.</summary>
    /// <remarks>In double precision two different probabilities have different logits.</remarks>
    internal static double Logit(double probability) =>
        Math.Log(Math.Max(probability, LeastProbability)) - Math.Log(Math.Max(1 - probability, LeastProbability));

    /// <summary>Writes the scores of a row.</summary>
    internal delegate void RowScores(Span<float> found);
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>A classifier bound to rows of one schema.</summary>
internal sealed class ScoringRowMapper : BatchedRowMapper
{
    private const int PredictedLabel = 0, Score = 1;

    private readonly NeuralClassifierTransformer _classifier;

    internal ScoringRowMapper(
        NeuralClassifierTransformer classifier,
        DataViewSchema inputSchema,
        DataViewSchema.Column features,
        DataViewSchema.DetachedColumn[] outputs)
        : base(inputSchema, [features], outputs) => _classifier = classifier;

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) =>
        new Batch(_classifier, FeatureBlock.Over(source, Inputs[0], _classifier.Features, capacity));

    private sealed class Batch(NeuralClassifierTransformer classifier, FeatureBlock block) : RowBatch
    {
        private readonly float[] _scores = new float[block.Capacity * classifier.Classes];

        internal override Delegate CreateGetter(int output, Func<int> row) => classifier.Kind == ClassifierKind.Binary
            ? CreateBinaryGetter(output, row)
            : output == PredictedLabel
            ? new ValueGetter<uint>((ref uint value) => value = KeyOf(Scores(row())))
            : VectorValues.Getter(_scores, classifier.Classes, row);

        private protected override void Read(int row) => block.Add();

        private protected override void Reset() => block.Clear();

        private protected override void Compute() => classifier.Score(block, _scores);

        // As ML.NET's own binary trainers have it: false where features that are not numbers left no score.
        private Delegate CreateBinaryGetter(int output, Func<int> row) => output == PredictedLabel
            ? new ValueGetter<bool>((ref bool value) => value = Scores(row())[0] > 0)
            : new ValueGetter<float>((ref float value) => value = Scores(row())[output - Score]);

        private ReadOnlySpan<float> Scores(int row) => _scores.AsSpan(row * classifier.Classes, classifier.Classes);

        // As ML.NET's own trainers have it: the first of the largest scores; a missing key where features that are not numbers
        // left no score.
        private static uint KeyOf(ReadOnlySpan<float> scores)
        {
            var best = -1;
            for (var i = 0; i < scores.Length; i++)
            {
                if (float.IsNaN(scores[i]))
                    return 0;
                if (best < 0 || scores[i] > scores[best])
                    best = i;
            }

            return (uint)(best + 1);
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Trees.Certification;

/// <summary>The rows of a measure, and the classifier whose scores on them are the model's own.</summary>
internal sealed class TreeRows
{
    private const float Tolerance = 1e-5f;

    private TreeRows(TreeClassifier classifier, float[][] features, int[] labels, DataViewRowId[] ids, KeyValues? values) =>
        (Classifier, Features, Labels, Ids, Values) = (classifier, features, labels, ids, values);

    internal TreeClassifier Classifier { get; }

    internal float[][] Features { get; }

    internal int[] Labels { get; }

    internal DataViewRowId[] Ids { get; }

    /// <summary>The values of the classes; null where they have none.</summary>
    internal KeyValues? Values { get; }

    /// <exception cref="InvalidOperationException">A row cannot be used.</exception>
    internal static TreeRows Read(
        TreeChain chain, IDataView data, IDataView scored, string labelColumnName, CancellationToken cancellation)
    {
        var scores = chain.ScoresOf(scored.Schema);
        LabelColumn.Check(ColumnShapes.Of(scored.Schema), labelColumnName);
        var label = scored.Schema[labelColumnName];
        var values = scores.Values ?? (label.Type is BooleanDataViewType ? KeyValues.Booleans : null);
        var (features, labels, found) = (new List<float[]>(), new List<int>(), new List<float[]>());
        var ids = new List<DataViewRowId>();
        using (var before = data.GetRowCursor(chain.Features.Columns))
        using (var after = scored.GetRowCursor([label, scored.Schema[ClassifierColumns.Score]]))
        {
            var getId = before.GetIdGetter();
            var getFeatures = chain.Features.Reader(before);
            var getLabel = LabelColumn.Resolve(scored.Schema, label.Name)
                .Reader(after, scores.Classes, LabelMap.Of(label, values));
            var getScores = ScoresOf(after);
            DataViewRowId id = default;
            while (before.MoveNext() & after.MoveNext())
            {
                if ((features.Count & 0xFFF) == 0)
                    cancellation.ThrowIfCancellationRequested();
                getId(ref id);
                ids.Add(id);
                features.Add(getFeatures());
                labels.Add(getLabel());
                found.Add(getScores());
            }
        }
        return new TreeRows(Matching(chain.Trees.Classifiers(scores.Threshold ?? 0), features, found), [.. features],
            [.. labels], [.. ids], values);
    }

    /// <summary>The classifier that scores as the model does.</summary>
    private static TreeClassifier Matching(
        IEnumerable<TreeClassifier> classifiers, List<float[]> rows, List<float[]> scores) =>
        classifiers.FirstOrDefault(classifier =>
            rows.Zip(scores).All(row => IsSame(classifier.Scores(row.First), row.Second)))
        ?? throw new InvalidOperationException(
            "The trees read from the model do not score the rows as the model does, so that nothing can be certified. This is a "
            + "model of a kind that is not known: please report it.");

    private static bool IsSame(float[] one, float[] other) => one.Length == other.Length
        && one.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Max(1, Math.Abs(pair.Second)));

    private static Func<float[]> ScoresOf(DataViewRow row)
    {
        var column = row.Schema[ClassifierColumns.Score];
        if (column.Type is VectorDataViewType)
        {
            var getVector = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> vector = default;
            return () =>
            {
                getVector(ref vector);
                return [.. vector.DenseValues()];
            };
        }
        var getNumber = row.GetGetter<float>(column);
        var number = 0f;
        return () =>
        {
            getNumber(ref number);
            return [number];
        };
    }
}

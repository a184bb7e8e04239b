using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Reading;

namespace ML.Robustness.Trees.Certification;

/// <summary>The rows of a measure, and the classifier whose scores on them are the model's own.</summary>
internal sealed class TreeRows
{
    private const float Tolerance = 1e-5f;

    private TreeRows(TreeClassifier classifier, float[][] features, int[] labels, KeyValues? values) =>
        (Classifier, Features, Labels, Values) = (classifier, features, labels, values);

    internal TreeClassifier Classifier { get; }

    internal float[][] Features { get; }

    internal int[] Labels { get; }

    /// <summary>The values of the classes; null where they have none.</summary>
    internal KeyValues? Values { get; }

    /// <exception cref="InvalidOperationException">There are no rows, or one cannot be used.</exception>
    internal static TreeRows Read(
        TrainCatalogBase catalog, ITransformer model, IDataView data, RawFeatures raw, TreeModel trees,
        TreeCertificationOptions options)
    {
        var scored = model.Transform(data);
        var scores = ModelScores.Of(model, scored.Schema) ?? throw new ArgumentException(
            $"The model is no classifier: {model.GetType().Name} does not leave a column 'Score' of classes.", nameof(model));
        if (scores.Threshold is not null && scores.ColumnName != ClassifierColumns.Score)
            throw new ArgumentException(
                $"The model predicts by a threshold of column '{scores.ColumnName}': expected one of "
                + $"'{ClassifierColumns.Score}', which trees sum up. Give it to ChangeModelThreshold.", nameof(model));
        if (catalog is BinaryClassificationCatalog && scores.Classes != 2)
            throw new ArgumentException(
                $"The model has {scores.Classes} classes, but ml.BinaryClassification measures models of 2. "
                + "Use the same method of ml.MulticlassClassification.", nameof(catalog));
        LabelColumn.Check(ColumnShapes.Of(scored.Schema), options.LabelColumnName);
        var label = scored.Schema[options.LabelColumnName];
        var values = scores.Values ?? (label.Type is BooleanDataViewType ? KeyValues.Booleans : null);
        var (features, labels, found) = (new List<float[]>(), new List<int>(), new List<float[]>());
        using (var before = data.GetRowCursor(raw.Columns))
        using (var after = scored.GetRowCursor([label, scored.Schema[ClassifierColumns.Score]]))
        {
            var getFeatures = raw.Reader(before);
            var getLabel = LabelColumn.Resolve(scored.Schema, label.Name)
                .Reader(after, scores.Classes, LabelMap.Of(label, values));
            var getScores = ScoresOf(after);
            while (before.MoveNext() & after.MoveNext())
            {
                if ((features.Count & 0xFFF) == 0)
                    options.CancellationToken.ThrowIfCancellationRequested();
                features.Add(getFeatures());
                labels.Add(getLabel());
                found.Add(getScores());
            }
        }
        if (features.Count == 0 && options.FirstRow == 0)
            throw new InvalidOperationException(
                "The data have no rows. Check the path of the file, and the filters before this step.");
        return new TreeRows(
            Matching(trees.Classifiers(scores.Threshold ?? 0), features, found), [.. features], [.. labels], values);
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

namespace GoldenTests.Worlds;

public static partial class EvaluateWorld
{
    private const float nan = float.NaN;

    private static readonly E3[] typical =
    {
        Row(1, 1, .7f, .2f, .1f), Row(1, 2, .4f, .5f, .1f), Row(2, 2, .1f, .8f, .1f), Row(2, 3, .2f, .2f, .6f), Row(3, 3, .1f, .1f, .8f),
        Row(3, 1, .6f, .3f, .1f), Row(3, 3, .25f, .25f, .5f),
    };

    private static readonly Iris[] iris = Enumerable.Range(0, 120).Select(i => new Iris
    {
        Kind = new[] { "setosa", "versicolor", "virginica" }[i % 3],
        Features = new[] { 5 + i % 3, 3 + i % 7 * .1f, 1 + i % 3 * 2, i % 3 + i % 5 * .1f },
    }).ToArray();

    private static MLContext ml => F.Ml;

    private static MulticlassClassificationCatalog MC => ml.MulticlassClassification;

    /// <summary>Rows of the folds do not depend on the trainer: ours stands in for the one observed.</summary>
    private static EstimatorChain<CentroidTransformer> prep => ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Append(new CentroidTrainer(ml));

    private static uint K(int raw) => unchecked((uint)(raw - 1));

    private static float[] S(params float[] scores) => scores;

    private static E3 Row(int label, int predicted, params float[] scores) => new() { Label = K(label), Score = scores, PredictedLabel = K(predicted) };

    private static IDataView V<T>(params T[] rows) where T : class => ml.Data.LoadFromEnumerable(rows);

    private static IDataView W(string missing = null)
    {
        var view = V(typical);
        return missing == null ? view : ml.Transforms.DropColumns(missing).Fit(view).Transform(view);
    }

    private static O M(MulticlassClassificationMetrics metrics) => new()
    {
        { "MicroAccuracy", metrics.MicroAccuracy }, { "MacroAccuracy", metrics.MacroAccuracy }, { "LogLoss", metrics.LogLoss },
        { "LogLossReduction", metrics.LogLossReduction }, { "PerClassLogLoss", metrics.PerClassLogLoss },
        { "TopKPredictionCount", metrics.TopKPredictionCount }, { "TopKAccuracy", metrics.TopKAccuracy },
        { "TopKAccuracyForAllK", metrics.TopKAccuracyForAllK },
        { "ConfusionMatrix", new O
            {
                { "NumberOfClasses", metrics.ConfusionMatrix.NumberOfClasses }, { "Counts", metrics.ConfusionMatrix.Counts },
                { "PerClassPrecision", metrics.ConfusionMatrix.PerClassPrecision }, { "PerClassRecall", metrics.ConfusionMatrix.PerClassRecall },
                { "GetCountForClassPair(0,1)", metrics.ConfusionMatrix.GetCountForClassPair(0, 1) },
            }
        },
        { "GetFormattedConfusionTable", metrics.ConfusionMatrix.GetFormattedConfusionTable().Split('\n').ToList() },
    };

    private static IDataView Ids(MLContext context, int count = 1000) =>
        context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Id { N = i, G = "g" + i % 37, F = i % 5 }).ToArray());

    private static List<int> Ns(IDataView view) => ((List<object>)Fx.Vals(view, "N")).Cast<int>().ToList();

    public static object Run(string title, JsonElement fact)
    {
        if (fact.TryGetProperty("rows", out var rows))
        {
            var view = V(rows.EnumerateArray().Select(Row).ToArray());
            return M(MC.Evaluate(view, topKPredictionCount: fact.GetProperty("topKPredictionCount").GetInt32()));
        }
        var words = title.Split(' ');
        return words[0] switch
        {
            "CrossValidate" => CrossValidate(int.Parse(words[2]), Seed(words)),
            "CrossValidationSplit" => Split(int.Parse(words[2]), Seed(words)),
            "TrainTestSplit" when words.Length > 3 => Split(Fraction(words[4]), Seed(words)),
            "TrainTestSplit" => ml.Data.TrainTestSplit(Ids(ml), Fraction(words[2])).TestSet.Schema.Count,
            _ => throw new NotSupportedException("no runner"),
        };
    }

    private static E3 Row(JsonElement row) => Row(row[0].GetInt32(), row[2].GetInt32(),
        row[1].EnumerateArray().Select(score => score.ValueKind == JsonValueKind.String ? nan : score.GetSingle()).ToArray());

    private static int? Seed(string[] words) => words[Array.IndexOf(words, "seed") + 1] is "null" ? null : int.Parse(words[Array.IndexOf(words, "seed") + 1]);

    private static double Fraction(string word) => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture);

    private static object CrossValidate(int folds, int? seed)
    {
        var results = MC.CrossValidate(ml.Data.LoadFromEnumerable(iris), prep, folds, seed: seed);
        return new O
        {
            { "results", results.Count }, { "Fold", results.Select(result => result.Fold).ToList() },
            { "holdOutRows", results.Select(result => ((List<object>)Fx.Rows(result.ScoredHoldOutSet)).Count).ToList() },
            { "ScoredHoldOutSet columns of fold 0", results[0].ScoredHoldOutSet.Schema.Select(column => $"{column.Name}: {column.Type}").ToList() },
            { "modelType", results[0].Model.GetType().Name }, { "holdOutRowCount (GetRowCount)", results[0].ScoredHoldOutSet.GetRowCount() },
        };
    }

    private static object Split(int folds, int? seed)
    {
        var splits = ml.Data.CrossValidationSplit(Ids(ml), folds, seed: seed);
        return new O
        {
            { "testSizes", splits.Select(split => Ns(split.TestSet).Count).ToList() },
            { "trainSizes", splits.Select(split => Ns(split.TrainSet).Count).ToList() },
            { "test sets partition the data", splits.SelectMany(split => Ns(split.TestSet)).Order().SequenceEqual(Enumerable.Range(0, 1000)) },
        };
    }

    private static object Split(double fraction, int? seed)
    {
        var split = ml.Data.TrainTestSplit(Ids(ml), fraction, seed: seed);
        var again = ml.Data.TrainTestSplit(Ids(ml), fraction, seed: seed);
        var (train, test) = (Ns(split.TrainSet), Ns(split.TestSet));
        return new O
        {
            { "trainRows", train.Count }, { "testRows", test.Count },
            { "disjointAndComplete", train.Concat(test).Order().SequenceEqual(Enumerable.Range(0, 1000)) },
            { "orderKept", train.SequenceEqual(train.Order()) && test.SequenceEqual(test.Order()) },
            { "first test rows", test.Take(12).ToList() },
            { "second call with the same arguments gives the same split", Ns(again.TestSet).SequenceEqual(test) },
            { "re-reading gives the same rows", Ns(split.TestSet).SequenceEqual(test) },
        };
    }
}

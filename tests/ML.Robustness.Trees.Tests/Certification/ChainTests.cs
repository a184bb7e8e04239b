using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Certification;
using ML.Robustness.Trees.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Certification;

/// <summary>Models in chains, over raw columns: each witness flips the real <c>Transform</c>, and the radii are in
/// order.</summary>
public class ChainTests
{
    private static readonly ColumnRow[] Train = ColumnRow.Of(400);
    private static readonly ColumnRow[] Test = [.. ColumnRow.Of(440).Skip(400)];

    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Chains =>
        ["Concatenate", "MinMax", "MinMax scalars", "MeanVariance", "LogMeanVariance", "Robust", "twice", "missing", "nested"];

    [Theory, MemberData(nameof(Chains))]
    public void BinaryChains_FittedAndLoaded_AreCertifiedInRawColumns(string chain)
    {
        foreach (var name in new[] { "FastTree 20", "LightGbm 20", "FastForest 20" })
        {
            var model = TreeModels.Fit(Chain(chain).Append(TreeModels.Trainer(_ml, name)), View(Train));

            var metrics = Certify(model, new() { ComputeExact = true, Seed = 4 });

            Assert.Equal(["Age", "Income", "Debt"], metrics.FeatureNames);
            Assert.Equal(_ml.BinaryClassification.EvaluateNonCalibrated(model.Transform(View(Test))).Accuracy,
                metrics.CleanAccuracy);
            CheckOrder(metrics);
            CheckWitnesses(model, metrics, "PredictedLabel");
            var loaded = Certify(Loaded(model), new() { ComputeExact = true, Seed = 4 });
            Assert.Equal(metrics.ToString(), loaded.ToString());
        }
    }

    [Theory]
    [InlineData("LightGbm")]
    [InlineData("LightGbm softmax")]
    [InlineData("OneVersusAll FastTree")]
    [InlineData("OneVersusAll FastForest")]
    [InlineData("OneVersusAll raw")]
    public void MulticlassModels_FittedAndLoaded_AreCertified(string name)
    {
        var model = TreeModels.Fit(_ml.Transforms.Conversion.MapValueToKey("Kind").Append(Chain("MinMax"))
            .Append(Multiclass(name)).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")), View(Train));

        var options = new TreeCertificationOptions { ComputeExact = true, LabelColumnName = "Kind", Epsilons = [0.5, 0.1] };
        var metrics = _ml.MulticlassClassification.CertifyTrees(model, View(Test), options);

        Assert.Equal(["heavy", "poor", "rich"], metrics.ClassNames.Order());
        Assert.Equal([0.1, 0.5], metrics.Curve.Select(point => point.Epsilon));
        Assert.True(metrics.Report.IsExact);
        Assert.Equal(
            _ml.MulticlassClassification.Evaluate(model.Transform(View(Test)), "Kind").MicroAccuracy, metrics.CleanAccuracy,
            1e-12);
        CheckOrder(metrics);
        CheckWitnesses(model, metrics, "PredictedLabel");
        Assert.Equal(
            metrics.ToString(), _ml.MulticlassClassification.CertifyTrees(Loaded(model), View(Test), options).ToString());
    }

    [Fact]
    public void AChangedThreshold_IsTheModelsOwn()
    {
        var model = TreeModels.Fit(TreeModels.Trainer(_ml, "FastTree 20"),
            Chain("Concatenate").Fit(View(Train)).Transform(View(Train)));
        var changed = _ml.BinaryClassification.ChangeModelThreshold(
            (BinaryPredictionTransformer<Microsoft.ML.Calibrators.CalibratedModelParametersBase<
                Microsoft.ML.Trainers.FastTree.FastTreeBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>>)model,
                1.5f);
        var chain = Chain("Concatenate").Fit(View(Train)).Append(changed);

        var metrics = Certify(chain, new() { ComputeExact = true });

        CheckOrder(metrics);
        CheckWitnesses(chain, metrics, "PredictedLabel");
        Assert.NotEqual(metrics.ToString(),
            Certify(Chain("Concatenate").Fit(View(Train)).Append(model), new() { ComputeExact = true }).ToString());
    }

    [Fact]
    public void Units_Ranges_AndFixedFeatures_HoldForTheirColumns()
    {
        var model = TreeModels.Fit(Chain("MinMax").Append(TreeModels.Trainer(_ml, "FastTree 20")), View(Train));

        var metrics = Certify(model, new()
        {
            Units = new Dictionary<string, double> { ["Age"] = 0, ["Income"] = 10 },
            Ranges = new Dictionary<string, Data.ValueRange> { ["Debt"] = new(0, 14.5) },
            ComputeExact = true,
        });

        CheckOrder(metrics);
        var changes = metrics.Report.Rows.SelectMany(metrics.Changes).ToArray();
        Assert.NotEmpty(changes);
        Assert.DoesNotContain(changes, change => change.Name == "Age");
        Assert.All(changes.Where(change => change.Name == "Debt"), change => Assert.InRange(change.After, 0, 14.5f));
        foreach (var row in metrics.Report.Rows.Where(row => row is { IsCorrect: true, AdversarialRow: not null }))
            Assert.Equal(row.AttackedDistance, metrics.Changes(row).Max(change =>
                Math.Abs((double)change.After - change.Before) / (change.Name == "Income" ? 10 : 1)));
    }

    [Fact]
    public void Parts_MergeToTheWhole()
    {
        var model = TreeModels.Fit(Chain("MinMax").Append(TreeModels.Trainer(_ml, "LightGbm 20")), View(Train));
        var whole = Certify(model, new() { Epsilons = [1, 2] });
        var first = _ml.BinaryClassification.CertifyTrees(model, View(Test[..15]), new() { Epsilons = [1, 2] });
        var second = _ml.BinaryClassification.CertifyTrees(model, View(Test[15..]), new() { Epsilons = [1, 2], FirstRow = 15 });
        var empty = _ml.BinaryClassification.CertifyTrees(model, View([]), new() { Epsilons = [1, 2], FirstRow = 40 });

        var merged = TreeRobustnessMetrics.Merge([second, empty, first]);

        Assert.Equal(whole.ToString(), merged.ToString());
        Assert.Equal(whole.Report.Rows.Select(row => row.AdversarialRow), merged.Report.Rows.Select(row => row.AdversarialRow));
        Assert.Equal(whole.Changes(whole.Report.Rows[20]), merged.Changes(merged.Report.Rows[20]));
        Assert.Empty(empty.Report.Rows);
    }

    [Fact]
    public void ShortCall_GivesOneRadius_AndATable()
    {
        var model = TreeModels.Fit(Chain("Concatenate").Append(TreeModels.Trainer(_ml, "FastTree 20")), View(Train));

        var metrics = _ml.BinaryClassification.CertifyTrees(model, View(Test), epsilon: 1);

        var point = Assert.Single(metrics.Curve);
        Assert.Equal(1, point.Epsilon);
        Assert.Null(point.ExactAccuracy);
        Assert.InRange(point.AttackedAccuracy, point.CertifiedAccuracy, metrics.CleanAccuracy);
        var lines = metrics.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.StartsWith("Robustness of trees under LInf, 40 rows, clean accuracy 0.", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("1           ||", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("mean radius ||", lines[5], StringComparison.Ordinal);
    }

    private static void CheckOrder(TreeRobustnessMetrics metrics) => Assert.All(metrics.Report.Rows, row =>
    {
        Assert.NotNull(row.ExactRadius);
        Assert.True(row.CertifiedRadius <= row.ExactRadius && row.ExactRadius <= row.AttackedDistance);
    });

    private void CheckWitnesses(ITransformer model, TreeRobustnessMetrics metrics, string column)
    {
        var rows = metrics.Report.Rows.Where(row => row is { IsCorrect: true, AdversarialRow: not null }).ToArray();
        Assert.NotEmpty(rows);
        ColumnRow[] clean = [.. rows.Select(row => Test[row.Row])];
        ColumnRow[] moved = [.. rows.Select(row => new ColumnRow
        {
            Label = Test[row.Row].Label, Kind = Test[row.Row].Kind, Color = Test[row.Row].Color,
            Age = row.AdversarialRow![0], Income = row.AdversarialRow[1], Debt = row.AdversarialRow[2],
        })];
        Assert.All(Predictions(clean).Zip(Predictions(moved)), pair => Assert.NotEqual(pair.First, pair.Second));

        string[] Predictions(ColumnRow[] given)
        {
            var scored = model.Transform(View(given));
            return scored.Schema[column].Type is BooleanDataViewType
                ? [.. scored.GetColumn<bool>(column).Select(value => $"{value}")]
                : [.. scored.GetColumn<string>(column)];
        }
    }

    private IEstimator<ITransformer> Chain(string name)
    {
        var concatenate = _ml.Transforms.Concatenate("Features", "Age", "Income", "Debt");
        return name switch
        {
            "Concatenate" => concatenate,
            "MinMax" => concatenate.Append(_ml.Transforms.NormalizeMinMax("Features")),
            "MinMax scalars" => _ml.Transforms.NormalizeMinMax(
                    [new("A", "Age"), new("I", "Income"), new("D", "Debt")], fixZero: false)
                .Append(_ml.Transforms.Concatenate("Features", "A", "I", "D")),
            "MeanVariance" => concatenate.Append(_ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)),
            "LogMeanVariance" => concatenate.Append(_ml.Transforms.NormalizeLogMeanVariance("Features", useCdf: false)),
            "Robust" => concatenate.Append(_ml.Transforms.NormalizeRobustScaling("Features")),
            "twice" => concatenate.Append(_ml.Transforms.NormalizeMinMax("Scaled", "Features"))
                .Append(_ml.Transforms.NormalizeMeanVariance("Features", "Scaled", fixZero: false)),
            "missing" => _ml.Transforms.ReplaceMissingValues([new("Age"), new("Income"), new("Debt")])
                .Append(concatenate).Append(_ml.Transforms.NormalizeMinMax("Features")),
            "nested" => _ml.Transforms.CopyColumns("Copy", "Age").Append(
                _ml.Transforms.Concatenate("Features", "Copy", "Income", "Debt")
                    .Append(_ml.Transforms.NormalizeMinMax("Features"))),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    private IEstimator<ITransformer> Multiclass(string name)
    {
        var trainers = _ml.MulticlassClassification.Trainers;
        return name switch
        {
            "LightGbm" => trainers.LightGbm(Settings(useSoftmax: false)),
            "LightGbm softmax" => trainers.LightGbm(Settings(useSoftmax: true)),
            "OneVersusAll FastTree" =>
                trainers.OneVersusAll(_ml.BinaryClassification.Trainers.FastTree("Kind", numberOfTrees: 10), "Kind"),
            "OneVersusAll FastForest" =>
                trainers.OneVersusAll(_ml.BinaryClassification.Trainers.FastForest("Kind", numberOfTrees: 10), "Kind"),
            "OneVersusAll raw" => trainers.OneVersusAll(
                _ml.BinaryClassification.Trainers.FastForest("Kind", numberOfTrees: 10), "Kind", useProbabilities: false),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };

        static LightGbmMulticlassTrainer.Options Settings(bool useSoftmax) => new()
        {
            LabelColumnName = "Kind",
            NumberOfIterations = 10,
            Seed = 1,
            NumberOfThreads = 1,
            Deterministic = true,
            MinimumExampleCountPerLeaf = 5,
            UseSoftmax = useSoftmax,
        };
    }

    private ITransformer Loaded(ITransformer model)
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(model, View(Train).Schema, stream);
        stream.Position = 0;
        return _ml.Model.Load(stream, out _);
    }

    private TreeRobustnessMetrics Certify(ITransformer model, TreeCertificationOptions options) =>
        _ml.BinaryClassification.CertifyTrees(model, View(Test), options);

    private IDataView View(ColumnRow[] rows) => _ml.Data.LoadFromEnumerable(rows);
}

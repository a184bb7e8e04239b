using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.RobustFeatureDataset;

/// <summary>The step in pipelines that train, in prediction engines, and in files.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly NeuralClassifierTransformer[] _classifiers;

    public PipelineTests() => _classifiers = CreatedRows.Classifiers(_ml);

    public static TheoryData<FeatureDatasetKind> All => CreatedRows.Kinds;

    public static TheoryData<FeatureDatasetKind> Rowwise => CreatedRows.RowwiseKinds;

    public void Dispose()
    {
        Array.ForEach(_classifiers, classifier => classifier.Dispose());
        _folder.Dispose();
    }

    private sealed class NumberedPoint
    {
        public float Number { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    [Theory]
    [MemberData(nameof(All))]
    public void PredictedSchema_EqualsTheRealOne(FeatureDatasetKind kind)
    {
        var data = new NamedSlots(TwoDimensionalClasses.Keyed(_ml), "Features", ["a", "b", "c", "d"]);
        foreach (var (label, output) in new[] { ("Label", "Features"), ("Number", "New") })
        {
            using var classifier = TwoDimensionalClasses.Trainer(_ml,
                options => (options.LabelColumnName, options.Epochs) = (label, 1)).Fit(data);
            using var other = TwoDimensionalClasses.Trainer(_ml,
                options => (options.LabelColumnName, options.Epochs) = (label, 1)).Fit(data);
            var estimator = CreatedRows.Estimator(_ml, kind, [classifier, other], options =>
            {
                (options.InputColumnName, options.OutputColumnName, options.LabelColumnName,
                    options.OutputLabelColumnName) = ("Features", output, label, label == "Label" ? null : "Relabeled");
                if (kind is FeatureDatasetKind.Robust)
                    (options.StartIndexColumnName, options.FeatureDistanceColumnName) = ("Start", "Distance");
                if (kind is FeatureDatasetKind.NonTransferable)
                    (options.SuccessColumnName, options.EnsembleCorrectColumnName) = ("Fooled", "Right");
            });
            var real = EstimatorContract.AssertPredictsItsSchema(estimator, data);
            Assert.Equal(data.Schema["Features"].Type, real[output].Type);
            VBuffer<ReadOnlyMemory<char>> names = default;
            real[output].GetSlotNames(ref names);
            Assert.Equal(["a", "b", "c", "d"], names.DenseValues().Select(name => $"{name}"));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void InTheMiddleOfAChain_TrainsWhatComesAfter_AndLeavesScoringAlone(FeatureDatasetKind kind)
    {
        // Most labels are turned by one, so that there are errors of every class to keep.
        var points = TwoDimensionalClasses.Make(rows: 60);
        var turned = points.Select(
            (point, row) => new TwoDimensionalClasses.Point
            {
                Kind = points[row < 3 ? row : (row + 1) % 60].Kind,
                Number = point.Number,
                Features = point.Features
            });
        var view = _ml.Data.LoadFromEnumerable(turned);
        var data = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(view).Transform(view);
        using var model = _ml.Transforms.CopyColumns("Copy", "Number")
            .Append(CreatedRows.Estimator(_ml, kind, _classifiers), TransformerScope.TrainTest)
            .Append(TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 1))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        var scored = model.Transform(TwoDimensionalClasses.View(_ml, rows: 9));
        Assert.Equal(9, TwoDimensionalClasses.ScoresOnly(scored).Count);
        Assert.All(scored.GetColumn<string>("PredictedLabel"), value => Assert.Contains(value, new[] { "red", "green", "blue" }));
        using var engine = _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.ScoreOnly>(
            model.GetModelFor(TransformerScope.Scoring), new PredictionEngineOptions { OwnsTransformer = false });
        Assert.Equal(3, engine.Predict(TwoDimensionalClasses.Make(rows: 1)[0]).Score.Length);
    }

    [Theory]
    [MemberData(nameof(Rowwise))]
    public void PredictionEngine_GivesWhatTransformGivesForTheRowAlone(FeatureDatasetKind kind)
    {
        var points = TwoDimensionalClasses.Make(rows: 9)
            .Select(point => new NumberedPoint { Number = point.Number, Features = point.Features }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(points);
        using var step = CreatedRows.Estimator(_ml, kind, _classifiers, options => options.LabelColumnName = "Number").Fit(data);
        using var engine = _ml.Model.CreatePredictionEngine<NumberedPoint, NumberedPoint>(step,
            new PredictionEngineOptions { OwnsTransformer = false });
        foreach (var point in points)
        {
            var alone = step.Transform(_ml.Data.LoadFromEnumerable([point]));
            var expected = Assert.Single(_ml.Data.CreateEnumerable<NumberedPoint>(alone, reuseRowObject: false));
            var found = engine.Predict(point);
            Assert.Equal(expected.Number, found.Number);
            Augmented.AssertClose(expected.Features, found.Features);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Saved_ComesBack_WithItsClassifiersAndStarts(FeatureDatasetKind kind)
    {
        var data = CreatedRows.Data(_ml);
        using var step = CreatedRows.Estimator(_ml, kind, _classifiers, options => options.Seed = 11).Fit(data);
        using var loaded = EstimatorContract.AssertComesBack(_ml, step, data, ["Features", "Label"]);
        Assert.NotSame(_classifiers[0], loaded.Classifier);
        Assert.Equal((step.Kind, step.BatchSize, step.IsRowToRowMapper),
            (loaded.Kind, loaded.BatchSize, loaded.IsRowToRowMapper));
        using var twice = EstimatorContract.AssertComesBack(_ml, loaded, data, ["Features", "Label"]);
        twice.Dispose();
        Assert.Throws<ObjectDisposedException>(() => twice.Classifier.Transform(data));
    }

    [Fact]
    public void Saved_ComesBackInAFreshProcess()
    {
        var data = TwoDimensionalClasses.View(_ml);
        foreach (var kind in new[] { FeatureDatasetKind.Robust, FeatureDatasetKind.NonTransferable })
        {
            using var step = CreatedRows.Estimator(_ml, kind, _classifiers,
                options => (options.LabelColumnName, options.Seed) = ("Number", 11)).Fit(data);
            EstimatorContract.AssertComesBackInAFreshProcess(_ml, step.Append(_classifiers[1]), _classifiers[1]);
        }
    }

    [Fact]
    public void DamagedFile_SaysSo_AndLeavesNothingBehind()
    {
        var data = CreatedRows.Data(_ml);
        using var step = CreatedRows.Estimator(_ml, FeatureDatasetKind.Robust, _classifiers).Fit(data);
        var path = _folder.PathOf("damaged.zip");
        _ml.Model.Save(step, data.Schema, path);
        using (var archive = System.IO.Compression.ZipFile.Open(path, System.IO.Compression.ZipArchiveMode.Update))
        {
            var entry = archive.Entries.Single(entry => entry.Name == "Weights.bin");
            using var stream = entry.Open();
            // The last value of the rows to start from, before the checksum.
            stream.Position = stream.Length - 33;
            var value = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(value ^ 1));
        }

        LiveTensors.AssertNoneLeft(() =>
        {
            var error = Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _));
            while (error.InnerException is { } inner)
                error = inner;
            Assert.Contains("checksum does not match", Assert.IsType<InvalidDataException>(error).Message,
                StringComparison.Ordinal);
        }, TwoDimensionalClasses.BareNetwork);
    }

    [Fact]
    public void CommonOverload_TakesTheInputsPlace()
    {
        var data = CreatedRows.Data(_ml);
        using var step = _ml.Transforms.RobustFeatureDataset(_classifiers[0], FeatureDatasetKind.ShiftedLabels, CreatedRows.Ball)
            .Fit(data);
        var view = step.Transform(data);
        Assert.Equal(["Kind", "Number", "Old", "Features", "Label"],
            view.Schema.Where(column => !column.IsHidden).Select(column => column.Name));
        Assert.All(CreatedRows.Rows(view), row => Assert.Equal(row.Old % 3 + 1, row.Label));
    }

    [Theory]
    [InlineData(FeatureDatasetKind.Robust)]
    [InlineData(FeatureDatasetKind.MislabeledOnly)]
    public void RequiredArgumentsAlone_AreEverythingSpelledOut(FeatureDatasetKind kind)
    {
        var (data, classifier) = TwoDimensionalClasses.FittedOnPoints(_ml);
        using var owned = classifier;
        var expected = Values(_ml.Transforms.RobustFeatureDataset(classifier, kind, null, "Points", "Points", "Label"));
        Assert.Equal(expected, Values(_ml.Transforms.RobustFeatureDataset(classifier, kind)));
        Assert.Equal(expected,
            Values(
                _ml.Transforms.RobustFeatureDataset(
                    new RobustFeatureDatasetEstimator.Options { Classifier = classifier, Kind = kind })));

        List<float[]> Values(RobustFeatureDatasetEstimator estimator)
        {
            using var step = estimator.Fit(data);
            return PgdAugment.Augmented.Vectors(step.Transform(data), "Points");
        }
    }

    [Fact]
    public void Options_AreCopied()
    {
        var data = CreatedRows.Data(_ml);
        var options = CreatedRows.Options(FeatureDatasetKind.ShiftedLabels, _classifiers);
        var estimator = _ml.Transforms.RobustFeatureDataset(options);
        (options.OutputColumnName, options.LabelColumnName, options.Kind) = ("Other", "Other", FeatureDatasetKind.Robust);
        using var step = estimator.Fit(data);
        Assert.Equal(FeatureDatasetKind.ShiftedLabels, step.Kind);
        Assert.DoesNotContain(step.GetOutputSchema(data.Schema), column => column.Name == "Other");
    }
}

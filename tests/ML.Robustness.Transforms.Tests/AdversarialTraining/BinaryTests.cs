using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

/// <summary>The trainer of <c>ml.BinaryClassification</c>: its columns are those of ML.NET's binary trainers.</summary>
public sealed class BinaryTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public BinaryTests() => _data = BinaryPoints.View(_ml);

    [Fact]
    public void Columns_AreThoseOfMlNetsBinaryTrainers()
    {
        using var classifier = BinaryPoints.Trainer(_ml).Fit(_data);
        var linear = _ml.BinaryClassification.Trainers.SdcaLogisticRegression();

        Assert.Equal(Text(linear.Fit(_data).GetOutputSchema(_data.Schema)), Text(classifier.GetOutputSchema(_data.Schema)));
        var input = ColumnShapes.Of(_data.Schema);
        var predicted = BinaryPoints.Trainer(_ml).GetOutputSchema(input);
        Assert.Equal(SchemaText.Of(linear.GetOutputSchema(input)), SchemaText.Of(predicted));
        Assert.Equal(SchemaText.Of(ColumnShapes.Of(classifier.Transform(_data).Schema)), SchemaText.Of(predicted));

        static List<string> Text(DataViewSchema schema) =>
        [
            .. schema.Select(column =>
                $"{column.Name} {column.Type} " + string.Join("; ", column.Annotations.Schema.Select(annotation =>
                    $"{annotation.Name} {annotation.Type} {Value(column.Annotations, annotation)}"))),
        ];
        static object Value(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation) => annotation.Type switch
        {
            TextDataViewType => Get<ReadOnlyMemory<char>>(annotations, annotation.Name),
            BooleanDataViewType => Get<bool>(annotations, annotation.Name),
            KeyDataViewType => Get<uint>(annotations, annotation.Name),
            _ => "",
        };
        static T Get<T>(DataViewSchema.Annotations annotations, string name)
        {
            T value = default!;
            annotations.GetValue(name, ref value);
            return value;
        }
    }

    [Fact]
    public void Score_IsTheLogitsDifference_ProbabilityItsSigmoid()
    {
        using var scope = NewDisposeScope();
        using var classifier = BinaryPoints.Trainer(_ml).Fit(_data);
        var features = tensor(BinaryPoints.Make().SelectMany(point => point.Features).ToArray()).reshape(-1, 4);
        var logits = classifier.Network.call(features);
        var scores = (logits.select(1, 1) - logits.select(1, 0)).data<float>().ToArray();

        var rows = Scored(classifier, _data);

        Assert.Equal(scores.Length, rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            Assert.Equal(scores[row], rows[row].Score, 1e-5f);
            Assert.Equal(1 / (1 + Math.Exp(-rows[row].Score)), rows[row].Probability, 1e-6);
            Assert.Equal(rows[row].Score > 0, rows[row].PredictedLabel);
        }
    }

    [Fact]
    public void Evaluate_AndCrossValidate_Work()
    {
        using var classifier = BinaryPoints.Trainer(_ml, options => options.Epochs = 10).Fit(_data);
        var truth = _ml.BinaryClassification.Evaluate(classifier.Transform(_data));
        Assert.True(truth.Accuracy > 0.8);
        Assert.True(truth.AreaUnderRocCurve > 0.8);
        var robustness = _ml.BinaryClassification.EvaluateRobustness(
            classifier, _data, new ProjectedGradientDescent(ThreatModel.LInf(0.05)) { Steps = 5 });
        Assert.Equal(truth.Accuracy, robustness.CleanAccuracy);
        Assert.True(robustness.RobustAccuracy < robustness.CleanAccuracy);
        Assert.Equal(["False", "True"], robustness.ClassNames);

        var folds = _ml.BinaryClassification.CrossValidate(_data, BinaryPoints.Trainer(_ml), numberOfFolds: 3);
        Assert.Equal(3, folds.Count);
        foreach (var fold in folds)
        {
            Assert.Equal(fold.Metrics.Accuracy, _ml.BinaryClassification.EvaluateRobustness(
                fold.Model, fold.ScoredHoldOutSet, new UniformNoiseAttack(ThreatModel.LInf(0.01))).CleanAccuracy);
            ((IDisposable)fold.Model).Dispose();
        }
    }

    [Fact]
    public void PermutationFeatureImportance_WorksOnAChainInMemoryAndLoaded()
    {
        var rows = _ml.Data.LoadFromEnumerable(BinaryPoints.Make().Select(point => new Flat
        {
            Label = point.Label,
            First = point.Features[0],
            Third = point.Features[2],
        }));
        using var chain = _ml.Transforms.Concatenate("Features", "First", "Third")
            .Append(BinaryPoints.Trainer(_ml, options => options.Epochs = 10)).Fit(rows);
        using var loaded = (IDisposable)FittedChains.Loaded(_ml, chain, rows.Schema);
        foreach (var model in (ITransformer[])[chain, (ITransformer)loaded])
        {
            var found = _ml.BinaryClassification.PermutationFeatureImportanceNonCalibrated(model, model.Transform(rows));
            Assert.Equal(["First", "Third"], found.Keys.Order());
            Assert.True(found["First"].Accuracy.Mean < -0.1);
            Assert.InRange(found["Third"].Accuracy.Mean, -0.05, 0.05);
        }
    }

    [Fact]
    public void SavedAndLoaded_ByItselfAndWithinAStep_GivesTheSameColumns()
    {
        using var classifier = BinaryPoints.Trainer(_ml).Fit(_data);
        var expected = Rows(classifier);

        using var loaded = (NeuralClassifierTransformer)FittedChains.Loaded(_ml, classifier, _data.Schema);
        Assert.Equal(expected, Rows(loaded));
        using var engine = _ml.Model.CreatePredictionEngine<BinaryPoints.Point, BinaryPoints.Prediction>(
            loaded, new PredictionEngineOptions { OwnsTransformer = false });
        var predicted = engine.Predict(BinaryPoints.Make()[3]);
        Assert.Equal(expected[3].Label, predicted.PredictedLabel);
        Assert.Equal(expected[3].Score, predicted.Score, 1e-5f);
        Assert.Equal(expected[3].Probability, predicted.Probability, 1e-5f);

        using var augment = (PgdAugmentTransformer)FittedChains.Loaded(
            _ml, _ml.Transforms.PgdAugment(classifier).Fit(_data), _data.Schema);
        Assert.Equal(expected, Rows(augment.Classifier));
        using var explain = (SmoothGradExplainTransformer)FittedChains.Loaded(
            _ml, _ml.Transforms.SmoothGradExplain(classifier, "Map").Fit(_data), _data.Schema);
        Assert.Equal(expected, Rows(explain.Classifier));
        using var constructed = (RobustFeatureDatasetTransformer)FittedChains.Loaded(
            _ml, _ml.Transforms.RobustFeatureDataset(classifier, FeatureDatasetKind.NonRobust).Fit(_data), _data.Schema);
        Assert.Equal(expected, Rows(constructed.Classifier));
    }

    [Fact]
    public void AFileOfTheFirstVersion_IsRefused()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        using var folder = new TemporaryFolder();
        _ml.Model.Save(new OfTheFirstVersion(classifier), null, folder.PathOf("first.zip"));
        Assert.Contains("it was written by another version of the library, with format 00010001, and this one reads 00010004",
            Assert.Throws<InvalidDataException>(() => _ml.Model.LoadVerified(folder.PathOf("first.zip"), out _)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LabelsOfEachType_GiveTheSameWeights()
    {
        var keyed = _ml.Transforms.Conversion.MapValueToKey(
            "Key", "Kind", keyData: _ml.Data.LoadFromEnumerable(new[] { new { Kind = "no" }, new { Kind = "yes" } }))
            .Fit(_data).Transform(_data);
        using var byTruth = BinaryPoints.Trainer(_ml).Fit(keyed);
        foreach (var name in (string[])["Number", "Key"])
        {
            using var other = BinaryPoints.Trainer(_ml, options => options.LabelColumnName = name).Fit(keyed);
            Assert.Equal(TwoDimensionalClasses.Weights(byTruth), TwoDimensionalClasses.Weights(other));
            Assert.Equal(name == "Key" ? ["no", "yes"] : ["False", "True"], other.KeyValues!.Names());
            Assert.Equal(
                _ml.BinaryClassification.Evaluate(byTruth.Transform(keyed)).Accuracy,
                _ml.BinaryClassification.EvaluateRobustness(
                    other, keyed, new UniformNoiseAttack(ThreatModel.LInf(0.01)), name).CleanAccuracy);
        }
    }

    [Fact]
    public void MoreThanTwoClasses_AreRefused()
    {
        var keyed = TwoDimensionalClasses.Keyed(_ml);
        Assert.StartsWith(
            "Label column 'Label' of type Key<UInt32, 0-2> has 3 classes: expected Boolean, a key of 2 values, or 0 and 1 as "
                + "Single. Use MulticlassClassification for more than two classes.",
            Assert.Throws<ArgumentOutOfRangeException>(() => BinaryPoints.Trainer(_ml).Fit(keyed)).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "Row 2 of column 'Number' has label 2: expected a class number from 0 to 1. Number the classes 0, 1, 2 …, or "
                + "make keys "
                + "of the labels with MapValueToKey.",
            Assert.Throws<InvalidOperationException>(
                () => BinaryPoints.Trainer(_ml, options => options.LabelColumnName = "Number").Fit(keyed)).Message);
    }

    [Fact]
    public void FeaturesThatAreNoNumbers_GiveWhatMlNetGives()
    {
        using var classifier = BinaryPoints.Trainer(_ml).Fit(_data);
        var points = BinaryPoints.Make(3);
        points[1].Features[2] = float.NaN;
        var row = Scored(classifier, _ml.Data.LoadFromEnumerable(points))[1];
        Assert.True(float.IsNaN(row.Score));
        Assert.True(float.IsNaN(row.Probability));
        Assert.False(row.PredictedLabel);
    }

    [Fact]
    public void MulticlassTrainer_OnBooleanLabels_PredictsItsSchema()
    {
        var trainer = TwoDimensionalClasses.Trainer(_ml);
        using var classifier = trainer.Fit(_data);
        Assert.Equal(SchemaText.Of(ColumnShapes.Of(classifier.Transform(_data).Schema)),
            SchemaText.Of(trainer.GetOutputSchema(ColumnShapes.Of(_data.Schema))));
        Assert.IsType<VectorDataViewType>(classifier.Transform(_data).Schema["Score"].Type);
    }

    private List<(bool Label, float Score, float Probability)> Rows(ITransformer model) =>
        [.. Scored(model, _data).Select(row => (row.PredictedLabel, row.Score, row.Probability))];

    private List<BinaryPoints.Prediction> Scored(ITransformer model, IDataView data) =>
        [.. _ml.Data.CreateEnumerable<BinaryPoints.Prediction>(model.Transform(data), reuseRowObject: false)];

    private sealed class Flat
    {
        public bool Label { get; set; }

        public float First { get; set; }

        public float Third { get; set; }
    }

    /// <summary>A classifier as it was written before it had a kind.</summary>
    private sealed class OfTheFirstVersion(NeuralClassifierTransformer classifier) : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        void ICanSaveModel.Save(ModelSaveContext ctx) =>
            classifier.Save(ctx, new ModelSection("ROBSTCLS", NeuralClassifierTransformer.LoaderSignature), _ => { });
    }
}

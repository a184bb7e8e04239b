using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.RobustFeatureDataset;

/// <summary>What the step refuses, and in which words.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer[] _classifiers;

    public ErrorTests() => _classifiers = CreatedRows.Classifiers(_ml);

    public void Dispose() => Array.ForEach(_classifiers, classifier => classifier.Dispose());

    private sealed class Row
    {
        public float Number { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [0.5f, 0.5f, 0.5f, 0.5f];
    }

    [Fact]
    public void ClassifierThatHidesItsFeatures_IsRefusedWhereTheyAreMatched()
    {
        ModelArchitecture.Register("Opaque", (shape, classes) => Sequential(Flatten(), Linear(shape.Length, classes), ReLU()));
        using var opaque = TwoDimensionalClasses.Fitted(_ml,
            options => (options.Architecture, options.Epochs) = (ModelArchitecture.Registered("Opaque"), 1));
        foreach (var kind in new[] { FeatureDatasetKind.Robust, FeatureDatasetKind.NonRobust })
            Assert.StartsWith("The features of a Sequential cannot be read: expected an IFeatureModel",
                Refused(kind, options => options.Classifier = opaque), StringComparison.Ordinal);
        using var step = CreatedRows.Estimator(_ml, FeatureDatasetKind.ShiftedLabels, [opaque]).Fit(CreatedRows.Data(_ml));
    }

    [Fact]
    public void ClassifierMissing_OrOfAnotherKind_IsRefused()
    {
        var copy = _ml.Transforms.CopyColumns("Copy", "Features").Fit(TwoDimensionalClasses.Keyed(_ml));
        Assert.StartsWith("RobustFeatureDataset needs a classifier with gradients: expected a NeuralClassifierTransformer",
            Refused(FeatureDatasetKind.Robust, options => options.Classifier = copy), StringComparison.Ordinal);
        Assert.StartsWith("Options.Classifier is not set: RobustFeatureDataset works with a fitted classifier.",
            Refused(FeatureDatasetKind.Robust, options => options.Classifier = null), StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => _ml.Transforms.RobustFeatureDataset(null!, FeatureDatasetKind.Robust));
    }

    [Fact]
    public void Ensembles_OfOne_OrThatDoNotFit_AreRefused()
    {
        Assert.StartsWith(
            "Options.Ensemble is empty: NonTransferable fools the classifier while others stay right, and an ensemble of one has "
                + "no others.", Refused(FeatureDatasetKind.NonTransferable, options => options.Ensemble = []),
                StringComparison.Ordinal);
        Assert.StartsWith("Options.Ensemble holds Options.Classifier itself",
            Refused(FeatureDatasetKind.NonTransferable, options => options.Ensemble = [_classifiers[0]]),
            StringComparison.Ordinal);

        var two = _ml.Data.FilterRowsByColumn(TwoDimensionalClasses.View(_ml), "Number", upperBound: 1.5);
        using var ofTwo = TwoDimensionalClasses.Trainer(_ml, options => (options.LabelColumnName, options.Epochs) = ("Number", 1))
            .Fit(two);
        Assert.StartsWith("A classifier of Options.Ensemble has 2 classes, but Options.Classifier 3",
            Refused(FeatureDatasetKind.NonTransferable, options => options.Ensemble = [_classifiers[1], ofTwo]),
            StringComparison.Ordinal);

        var bytes = TwoDimensionalClasses.Bytes(_ml);
        using var ofBytes = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.Epochs) = ("Number", 1)).Fit(bytes);
        using var ofNumbers = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.Epochs) = ("Number", 1)).Fit(TwoDimensionalClasses.View(_ml));
        Assert.StartsWith("A classifier of Options.Ensemble takes 4 of Byte, but Options.Classifier 4 of Single.",
            Refused(FeatureDatasetKind.NonTransferable,
                options => (options.Classifier, options.Ensemble) = (ofNumbers, [ofBytes])), StringComparison.Ordinal);
        Assert.StartsWith(
            "Column 'Features' holds bytes, which are read as value / 255, but the threat model has the range [0, 255].",
            Refused(FeatureDatasetKind.RandomLabels,
                options => (options.Classifier, options.ThreatModel) = (ofBytes, ThreatModel.LInf(8, new ValueRange(0, 255)))),
                StringComparison.Ordinal);
        Assert.StartsWith("Column 'Features' holds bytes, which are read as value / 255, but Options.Range is [0, 255].",
            Refused(FeatureDatasetKind.Robust,
                options => (options.Classifier, options.Range) = (ofBytes, new ValueRange(0, 255))), StringComparison.Ordinal);
    }

    [Fact]
    public void ThreatModels_MissingOrNotWanted_AreRefused()
    {
        foreach (var kind in Enum.GetValues<FeatureDatasetKind>())
        {
            if (CreatedRows.NeedsBall(kind))
                Assert.StartsWith($"Options.ThreatModel is not set, but {kind} moves rows inside one.",
                    Refused(kind, options => options.ThreatModel = null), StringComparison.Ordinal);
            else
                Assert.StartsWith($"Options.ThreatModel is set to L2 0.3 in [0, 1], but {kind} knows no ball",
                    Refused(kind, options => options.ThreatModel = CreatedRows.Ball), StringComparison.Ordinal);
        }

        Assert.StartsWith("LeakageControl moves rows to the edge of a ball, but Options.ThreatModel has none.",
            Refused(FeatureDatasetKind.LeakageControl, options => options.ThreatModel = ThreatModel.Unbounded()),
            StringComparison.Ordinal);
        Assert.StartsWith("The threat model has budgets for 2 features, but a row of the classifier has 4.",
            Refused(FeatureDatasetKind.OtherLabels, options => options.ThreatModel = ThreatModel.LInf(1).WithBudgets(0.1, 0.2)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Options_ThatTheKindDoesNotRead_AreRefused()
    {
        (FeatureDatasetKind Kind, string Option, Action<RobustFeatureDatasetEstimator.Options> Set)[] cases =
        [
            (FeatureDatasetKind.RandomLabels, "Range", options => options.Range = ValueRange.Unit),
            (FeatureDatasetKind.RandomLabels, "StartIndexColumnName", options => options.StartIndexColumnName = "S"),
            (FeatureDatasetKind.LeakageControl, "FeatureDistanceColumnName", options => options.FeatureDistanceColumnName = "S"),
            (FeatureDatasetKind.LeakageControl, "Steps", options => options.Steps = 3),
            (FeatureDatasetKind.MislabeledOnly, "StepSize", options => options.StepSize = 0.1),
            (FeatureDatasetKind.Robust, "SuccessColumnName", options => options.SuccessColumnName = "S"),
            (FeatureDatasetKind.ShiftedLabels, "EnsembleCorrectColumnName", options => options.EnsembleCorrectColumnName = "S"),
            (FeatureDatasetKind.ShiftedLabels, "Ensemble", options => options.Ensemble = [_classifiers[1]]),
            (FeatureDatasetKind.ShiftedLabels, "EnsembleWeight", options => options.EnsembleWeight = 2),
        ];
        foreach (var (kind, option, set) in cases)
        {
            var message = Refused(kind, set);
            Assert.StartsWith($"Options.{option} is read by ", message, StringComparison.Ordinal);
            Assert.Contains($"but Options.Kind is {kind}", message, StringComparison.Ordinal);
        }

        Assert.StartsWith("Two of the output columns are called 'Label'.",
            Refused(FeatureDatasetKind.Robust, options => options.StartIndexColumnName = "Label"), StringComparison.Ordinal);
    }

    [Fact]
    public void LabelsMissingOrBeyondTheClasses_NameTheRow()
    {
        Fails<InvalidOperationException>("Row 1 of column 'Number' has no label (NaN).", new Row(),
            new Row { Number = float.NaN });
        Fails<InvalidOperationException>("Row 2 of column 'Number' has label 3: expected a class number from 0 to 2.", new Row(),
            new Row(), new Row { Number = 3 });
    }

    [Fact]
    public void KeysThatCannotHoldTheClasses_AreRefused()
    {
        var two = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make(rows: 9).Where(point => point.Kind != "blue"));
        var data = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(two).Transform(two);
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => CreatedRows.Estimator(_ml, FeatureDatasetKind.RandomLabels, _classifiers).Fit(data));
        Assert.StartsWith("Label column 'Label' of type Key<UInt32, 0-1> has no keys for all of the classifier's 3 classes",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FeaturesOutsideTheRange_OrNotNumbers_AreRefused()
    {
        Fails<ArgumentException>("Inputs must lie in [0, 1] but span [0, 255].", new Row(),
            new Row { Features = [0.5f, 128, 255, 0] });
        Fails<InvalidOperationException>("Row 1 of column 'Features' holds NaN (slot 1)", new Row(),
            new Row { Features = [0, float.NaN, 0, 0] });
    }

    [Fact]
    public void DataWithoutAnotherRow_AreRefusedWhereOneIsStartedFrom()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Estimator(FeatureDatasetKind.Robust).Fit(View(new Row())));
        Assert.StartsWith("The data given to Fit have 1 rows, but each search starts from another row: give two or more.",
            error.Message, StringComparison.Ordinal);
        foreach (var kind in Enum.GetValues<FeatureDatasetKind>()
            .Where(kind => kind is not (FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust)))
        {
            using var step = Estimator(kind).Fit(View());
            Assert.Empty(step.Transform(View()).GetColumn<float>("Number"));
        }
    }

    [Fact]
    public void Settings_OutsideTheirBounds_AreRefused()
    {
        var options = new RobustFeatureDatasetEstimator.Options();
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Steps = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.StepSize = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.EnsembleWeight = double.NaN);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.BatchSize = 0);
        Assert.Throws<ArgumentException>(() => options.OutputColumnName = "");
        Assert.Throws<ArgumentException>(() => options.LabelColumnName = "");
        Assert.Throws<ArgumentOutOfRangeException>(() => Estimator((FeatureDatasetKind)99, given => given.Steps = null));
    }

    private string Refused(FeatureDatasetKind kind, Action<RobustFeatureDatasetEstimator.Options> change) =>
        Assert.ThrowsAny<ArgumentException>(() => CreatedRows.Estimator(_ml, kind, _classifiers, change)).Message;

    private RobustFeatureDatasetEstimator Estimator(FeatureDatasetKind kind,
        Action<RobustFeatureDatasetEstimator.Options>? change = null) => CreatedRows.Estimator(_ml, kind, _classifiers, options =>
    {
        options.LabelColumnName = "Number";
        change?.Invoke(options);
    });

    private void Fails<TError>(string message, params Row[] rows) where TError : Exception
    {
        var data = View(rows);
        using var step = Estimator(FeatureDatasetKind.ShiftedLabels).Fit(data);
        var view = step.Transform(data);
        Assert.StartsWith(message, Assert.Throws<TError>(() => Augmented.Vectors(view, "Features")).Message,
            StringComparison.Ordinal);
    }

    private IDataView View(params Row[] rows) => _ml.Data.LoadFromEnumerable(rows);
}

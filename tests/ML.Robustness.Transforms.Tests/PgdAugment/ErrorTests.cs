using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>What the step refuses, and in which words.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public ErrorTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public void Dispose() => _classifier.Dispose();

    private sealed class Row
    {
        public float Number { get; set; }

        public float Target { get; set; }

        public string Text { get; set; } = "";

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [0.5f, 0.5f, 0.5f, 0.5f];
    }

    [Fact]
    public void ClassifierWithoutGradients_IsRefused()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var copy = _ml.Transforms.CopyColumns("Copy", "Features").Fit(data);
        const string Expected =
            "PgdAugment needs a classifier with gradients: expected a NeuralClassifierTransformer, alone or in a chain, got ";
        foreach (var classifier in new ITransformer[] { copy, copy.Append(copy) })
        {
            Assert.StartsWith(Expected, Assert.Throws<ArgumentException>(() => _ml.Transforms.PgdAugment(classifier)).Message,
                StringComparison.Ordinal);
            Assert.StartsWith(Expected, Assert.Throws<ArgumentException>(() => _ml.Transforms.PgdAugmentRows(classifier)).Message,
                StringComparison.Ordinal);
        }

        Assert.Contains("Options.Classifier is not set",
            Assert.Throws<ArgumentException>(() => _ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options())).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => _ml.Transforms.PgdAugment(classifier: null!));
    }

    [Theory]
    [InlineData("Absent", "Number", "Could not find feature column 'Absent'.")]
    [InlineData("Text", "Number",
        "Schema mismatch for feature column 'Text': expected Vector<Single> or Vector<Byte> of known size, got String.")]
    [InlineData("Features", "Text",
        "Schema mismatch for label column 'Text': expected Key<UInt32>, Boolean or Single, got String.")]
    public void WrongColumns_AreNamedAlike_ByFitAndGetOutputSchema(string features, string label, string expected)
    {
        var data = View(new Row());
        var column = Augmented.Estimator(_ml, _classifier,
            options => (options.InputColumnName, options.LabelColumnName) = (features, label));
        var rows = Augmented.RowsEstimator(_ml, _classifier,
            options => (options.FeatureColumnName, options.LabelColumnName) = (features, label));
        Assert.Equal(EstimatorContract.AssertRefusesColumns(column, data, expected),
            EstimatorContract.AssertRefusesColumns(rows, data, expected));
    }

    [Fact]
    public void LabelColumnMissingWhereRowsAreScored_TellsOfTheScope()
    {
        var step = Augmented.Estimator(_ml, _classifier).Fit(TwoDimensionalClasses.Keyed(_ml));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => step.Transform(View(new Row())));
        Assert.Equal(
            "Could not find label column 'Label'. The columns are 'Number', 'Target', 'Text', 'Features'. The "
                + "attack needs each row's label: to score rows without, " +
            "append this step with TransformerScope.TrainTest and take GetModelFor(TransformerScope.Scoring). (Parameter "
                + "'inputSchema')", error.Message);
    }

    [Fact]
    public void LabelMissingInARow_NamesTheRow() =>
        Fails<InvalidOperationException>(
            [new Row(), new Row { Number = float.NaN }],
            "Row 1 of column 'Number' has no label (NaN). Filter such rows out first.");

    [Fact]
    public void LabelBeyondTheClasses_NamesTheRow() =>
        Fails<InvalidOperationException>(
            [new Row(), new Row(), new Row { Number = 3 }],
            "Row 2 of column 'Number' has label 3: expected a class number from 0 to 2. Number the classes 0, 1, 2 …, or make "
                + "keys of the labels with MapValueToKey.");

    [Fact]
    public void KeyBeyondTheClasses_NamesTheRow()
    {
        var points = _ml.Data.LoadFromEnumerable(
            TwoDimensionalClasses.Make(rows: 3)
                .Append(new TwoDimensionalClasses.Point { Kind = "violet", Features = [0.5f, 0.5f, 0.5f, 0.5f] }));
        var data = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(points).Transform(points);
        var error = Assert.Throws<InvalidOperationException>(
            () => Augmented.Rows(Augmented.Estimator(_ml, _classifier).Fit(data).Transform(data)));
        Assert.Equal(
            "Row 3 of column 'Label' has label 'violet', which none of the classifier's classes stands for: these are 'red', "
                + "'green', 'blue'. Filter such rows out first.", error.Message);
    }

    [Fact]
    public void TargetThatIsTheLabel_NamesTheRow() => Fails<InvalidOperationException>(
        [new Row { Target = 1 }, new Row { Number = 2, Target = 2 }],
        "Row 1 has target 2 in column 'Target', which is its own label in column 'Number': there is nothing to attack. Give each "
            + "row a class other than its own, or filter such rows out first.",
        options => options.TargetColumnName = "Target");

    [Fact]
    public void TargetColumnMissing_IsNamed()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Column(options => options.TargetColumnName = "Aim").Fit(View(new Row())));
        Assert.StartsWith("Could not find label column 'Aim'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FeaturesOutsideTheAttacksRange_AreRefused() => Fails<ArgumentException>(
        [new Row { Features = [0.5f, 128, 255, 0] }],
        "Inputs must lie in [0, 1] but span [0, 255]. Attacks work in the input's own range: put InputNormalization in the "
            + "model, or give the threat model another ValueRange. (Parameter 'inputs')");

    [Fact]
    public void FeaturesThatAreNotNumbers_NameTheRow() => Fails<InvalidOperationException>(
        [new Row(), new Row { Features = [0, float.NaN, 0, 0] }],
        "Row 1 of column 'Features' holds NaN (slot 1), but features must be finite. Replace missing values "
            + "(ReplaceMissingValues) or filter such rows out (FilterRowsByMissingValues) first.");

    [Fact]
    public void BytesAndAnAttackInAnotherRange_AreRefused()
    {
        var data = TwoDimensionalClasses.Bytes(_ml);
        using var classifier = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.Epochs) = ("Number", 1)).Fit(data);
        var error = Assert.Throws<ArgumentException>(
            () => _ml.Transforms.PgdAugment(classifier, "Adversarial", "Features", "Number",
                new ProjectedGradientDescent(ThreatModel.LInf(8, new ValueRange(0, 255)))));
        Assert.StartsWith(
            "Column 'Features' holds bytes, which are read as value / 255, but the threat model has the range [0, 255]. Give it "
                + "a range in [0, 1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BudgetsOfAnotherLength_AreRefused()
    {
        var error = Assert.Throws<ArgumentException>(
            () => _ml.Transforms.PgdAugment(_classifier, "Adversarial", "Features", "Number",
                new ProjectedGradientDescent(ThreatModel.LInf(1).WithBudgets(0.1, 0.2))));
        Assert.StartsWith("The threat model has budgets for 2 features, but a row of the classifier has 4.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OutputsOfOneName_AreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Column(options => options.SuccessColumnName = "Distance"));
        Assert.StartsWith("Two of the output columns are called 'Distance'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoRows_GiveNoRows()
    {
        var data = _ml.Data.LoadFromEnumerable<Row>([]);
        Assert.Empty(Augmented.Rows(Column().Fit(data).Transform(data)));
        Assert.Empty(Rows().Fit(data).Transform(data).GetColumn<float>("Number"));
    }

    [Fact]
    public void Settings_OutsideTheirBounds_AreRefused()
    {
        var options = new PgdAugmentEstimator.Options();
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Restarts = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.BatchSize = 0);
        Assert.Throws<ArgumentException>(() => options.OutputColumnName = "");
        Assert.Throws<ArgumentException>(() => options.LabelColumnName = "");
    }

    private PgdAugmentEstimator Column(Action<PgdAugmentEstimator.Options>? change = null) =>
        Augmented.Estimator(_ml, _classifier, options =>
    {
        options.LabelColumnName = "Number";
        change?.Invoke(options);
    });

    private PgdAugmentRowsEstimator Rows(Action<PgdAugmentRowsEstimator.Options>? change = null) =>
        Augmented.RowsEstimator(_ml, _classifier, options =>
    {
        options.LabelColumnName = "Number";
        change?.Invoke(options);
    });

    // Both forms of the step say the same.
    private void Fails<TError>(Row[] rows, string message, Action<PgdAugmentOptions>? change = null) where TError : Exception
    {
        var data = View(rows);
        var column = Column(change).Fit(data).Transform(data);
        Assert.Equal(message, Assert.Throws<TError>(() => Augmented.Rows(column)).Message);
        var appended = Rows(change).Fit(data).Transform(data);
        Assert.Equal(message, Assert.Throws<TError>(() => Augmented.Vectors(appended, "Features")).Message);
    }

    private IDataView View(params Row[] rows) => _ml.Data.LoadFromEnumerable(rows);
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Rows;

/// <summary>What is read into tensors, and every row that is turned away by its number.</summary>
public class RowReaderTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class Loose
    {
        [KeyType(2)]
        public uint Key { get; set; }

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [0.5f, 0.5f];
    }

    [Theory]
    [InlineData(float.NaN, "holds NaN (slot 1)")]
    [InlineData(float.PositiveInfinity, "holds an infinite value (slot 1)")]
    [InlineData(float.NegativeInfinity, "holds an infinite value (slot 1)")]
    public void Features_NotFinite_NameTheRow(float bad, string what)
    {
        var error = FitFails<InvalidOperationException>(rows => rows[2].Features = [0, bad]);
        Assert.Equal(
            $"Row 2 of column 'Features' {what}, but features must be finite. Replace missing values (ReplaceMissingValues) or "
                + $"filter such rows out (FilterRowsByMissingValues) first.", error.Message);
    }

    [Fact]
    public void Features_OutsideTheRange_NameTheRow()
    {
        var error = FitFails<ArgumentException>(rows => rows[3].Features = [0, 1.5f]);
        Assert.Contains("ow 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("[0, 1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_OfAnotherLengthThanTheirType_NameTheRow()
    {
        var error = FitFails<InvalidOperationException>(rows => rows[1].Features = [1]);
        Assert.Contains("Row 1 of column 'Features' has 1 values, but the column's type promises 2.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Key_Missing_NamesTheRow()
    {
        var error = FitFails<InvalidOperationException>(rows => rows[2].Key = 9, "Key");
        Assert.StartsWith("Row 2 of column 'Key' has no label (the key is missing).", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "Row 2 of column 'Number' has no label (NaN).")]
    [InlineData(-1, "Row 2 of column 'Number' has label -1: expected a class number from 0 to 65535.")]
    [InlineData(0.5f, "Row 2 of column 'Number' has label 0.5: expected a class number from 0 to 65535.")]
    [InlineData(1e9f, "Row 2 of column 'Number' has label 1E+09: expected a class number from 0 to 65535.")]
    public void Number_ThatIsNoClass_NamesTheRow(float label, string expected)
    {
        var error = FitFails<InvalidOperationException>(rows => rows[2].Number = label);
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValidationLabel_BeyondTheClasses_NamesTheRow()
    {
        var rows = Make();
        rows[1].Number = 2;
        var trainer = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.ValidationSet) = ("Number", _ml.Data.LoadFromEnumerable(rows)));
        var error = Assert.Throws<InvalidOperationException>(() => trainer.Fit(_ml.Data.LoadFromEnumerable(Make())));
        Assert.StartsWith("Row 1 of column 'Number' has label 2: expected a class number from 0 to 1.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NoRows_SaysSo()
    {
        var trainer = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number");
        var error = Assert.Throws<InvalidOperationException>(
            () => trainer.Fit(_ml.Data.LoadFromEnumerable(Array.Empty<Loose>())));
        Assert.StartsWith("The training data have no rows.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoValidationRows_SaysSo()
    {
        var trainer = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.ValidationSet) = ("Number",
                _ml.Data.LoadFromEnumerable(Array.Empty<Loose>())));
        var error = Assert.Throws<InvalidOperationException>(() => trainer.Fit(_ml.Data.LoadFromEnumerable(Make())));
        Assert.StartsWith("The validation data have no rows.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Number")]
    [InlineData("Key")]
    public void OneClassOnly_SaysSo(string label)
    {
        var error = FitFails<InvalidOperationException>(rows => Array.ForEach(rows, row => (row.Number, row.Key) = (0, 0)),
            label);
        Assert.StartsWith($"All 4 training rows have the same label in column '{label}'", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void RowsThatChangeBetweenPasses_SaySo(int? pool)
    {
        var passes = 0;
        IEnumerable<Loose> Rows() => passes++ == 0 ? Make() : [.. Make(), .. Make()];
        var trainer = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.ShufflePoolRows) = ("Number", pool));
        var lazy = Enumerable.Range(0, 1).SelectMany(_ => Rows());
        var error = Assert.Throws<InvalidOperationException>(() => trainer.Fit(_ml.Data.LoadFromEnumerable(lazy)));
        Assert.Equal(
            "The data had 4 rows on the first pass and more on the second: they must be the same on every pass. Keep them in "
                + "memory with ml.Data.Cache first.", error.Message);
    }

    [Fact]
    public void Fit_ClosesItsCursors()
    {
        var watched = new RecordingDataView(TwoDimensionalClasses.Keyed(_ml));
        using var classifier = TwoDimensionalClasses.Trainer(_ml).Fit(watched);
        Assert.Equal([["Label"], ["Label", "Features"]],
            watched.Opened.Select(columns => columns.OrderDescending(StringComparer.Ordinal).ToArray()));
        Assert.Equal(2, watched.Closed);
    }

    [Fact]
    public void Fit_OnBadRows_ClosesItsCursorsAndLeavesNoTensors()
    {
        var rows = Make();
        rows[3].Features = [0, float.NaN];
        var watched = new RecordingDataView(_ml.Data.LoadFromEnumerable(rows));
        var trainer = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number");
        LiveTensors.AssertNoneLeft(() => Assert.Throws<InvalidOperationException>(() => trainer.Fit(watched)));
        Assert.Equal(watched.Opened.Count, watched.Closed);
    }

    [Fact]
    public void Streamed_ReadsAnewEachEpoch_AndHoldsOnlyThePool()
    {
        var watched = new RecordingDataView(TwoDimensionalClasses.Keyed(_ml));
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => (options.ShufflePoolRows, options.Epochs) = (8, 4))
            .Fit(watched);
        Assert.True(watched.Opened.Count(columns => columns.Contains("Features")) >= 4);
        Assert.Equal(watched.Opened.Count, watched.Closed);
    }

    [Fact]
    public void Bytes_TrainAsTheir255thParts()
    {
        var points = TwoDimensionalClasses.Make();
        byte[] BytesOf(TwoDimensionalClasses.Point point) => [.. point.Features.Select(value => (byte)(value * 255))];
        var bytes = _ml.Data.LoadFromEnumerable(
            points.Select(point => new TwoDimensionalClasses.BytePoint { Number = point.Number, Features = BytesOf(point) }));
        var numbers = _ml.Data.LoadFromEnumerable(
            points.Select(
                point => new TwoDimensionalClasses.Point
                {
                    Number = point.Number,
                    Features = [.. BytesOf(point).Select(value => value / 255f)]
                }));
        var trainer = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number");
        using var ofBytes = trainer.Fit(bytes);
        using var ofNumbers = trainer.Fit(numbers);
        Assert.Equal(TwoDimensionalClasses.Weights(ofNumbers), TwoDimensionalClasses.Weights(ofBytes));
        Assert.Equal(TwoDimensionalClasses.Scores(ofNumbers.Transform(numbers)).Select(row => row.Score),
            TwoDimensionalClasses.Scores(ofBytes.Transform(bytes)).Select(row => row.Score));
    }

    [Fact]
    public void ValidationFraction_SetsTheSameRowsAsideEachTime()
    {
        var split = new RowSplit(0.25, 7);
        var aside = Enumerable.Range(0, 4000).Where(row => split.IsSetAside(row)).ToList();
        Assert.InRange(aside.Count, 880, 1120);
        Assert.Equal(aside, Enumerable.Range(0, 4000).Where(row => new RowSplit(0.25, 7).IsSetAside(row)));
        Assert.NotEqual(aside, Enumerable.Range(0, 4000).Where(row => new RowSplit(0.25, 8).IsSetAside(row)));
    }

    private static Loose[] Make() =>
        [.. Enumerable.Range(0, 4).Select(row => new Loose { Key = (uint)row % 2, Number = row % 2 })];

    private TException FitFails<TException>(Action<Loose[]> spoil, string label = "Number") where TException : Exception
    {
        var rows = Make();
        spoil(rows);
        var trainer = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = label);
        return Assert.Throws<TException>(() => trainer.Fit(_ml.Data.LoadFromEnumerable(rows)));
    }
}

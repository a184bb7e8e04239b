using Microsoft.ML;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Corruptions;

public sealed class ErrorTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public ErrorTests() => _data = Corrupted.View(_ml, 4);

    private sealed class OwnCorruption : Corruption
    {
        protected override Tensor Corrupt(Tensor images, int severity, RowRandom random) => images.mul(0.5);
    }

    [Theory]
    [InlineData("Number",
        "Schema mismatch for feature column 'Number': expected Vector<Single> or Vector<Byte> of known size, got Single.")]
    public void WrongColumns_AreNamedAlike_ByFitAndGetOutputSchema(string input, string expected)
    {
        var estimator = Corrupted.Estimator(_ml, options => options.InputColumnName = input);
        EstimatorContract.AssertRefusesColumns(estimator, _data, expected);
    }

    [Fact]
    public void FlatVectors_NeedAShape()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Corrupted.Estimator(_ml, options => options.InputColumnName = "Flat").Fit(_data));
        Assert.StartsWith(
            "Schema mismatch for image column 'Flat': expected images of one or three channels, got Vector<Single, 48> (shape "
                + "48). Set Options.InputShape to channels × height × width.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Corrupted.Estimator(_ml,
                options => (options.InputColumnName, options.InputShape) = ("Flat", new InputShape(2, 4, 6))).Fit(_data));
        Assert.Contains("(shape 2×4×6)", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Corrupted.Estimator(_ml,
                options => (options.InputColumnName, options.InputShape) = ("Flat", new InputShape(1, 4, 6))).Fit(_data));
        Assert.StartsWith(
            "Schema mismatch for feature column 'Flat': expected Vector<Single, 24> (InputShape 1×4×6), got Vector<Single, 48>.",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OutsideTheirBounds_AreRefused()
    {
        var options = new CorruptEstimator.Options();
        Assert.Contains("Options.Corruption is not set",
            Assert.Throws<ArgumentException>(() => _ml.Transforms.Corrupt(options)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Severity = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Severity = 6);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.BatchSize = 0);
        Assert.Throws<ArgumentException>(() => options.OutputColumnName = "");
        (options.Corruption, options.Range) = (new Fog(), ValueRange.Unbounded);
        Assert.Contains("Options.Range is [-Infinity, Infinity]",
            Assert.Throws<ArgumentException>(() => _ml.Transforms.Corrupt(options)).Message, StringComparison.Ordinal);
        (options.InputColumnName, options.Range) = ("Bytes", new ValueRange(0, 255));
        Assert.StartsWith("Image column 'Bytes' holds bytes",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.Corrupt(options).Fit(_data)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesThatAreNone_NameTheRow()
    {
        var samples = Corrupted.Make(3);
        samples[1].Image[5] = float.NaN;
        var view = _ml.Data.LoadFromEnumerable(samples);
        var step = Corrupted.Estimator(_ml).Fit(view);
        Assert.StartsWith("Row 1 of column 'Image' holds NaN (slot 5)",
            Assert.Throws<InvalidOperationException>(() => Corrupted.Vectors<float>(step.Transform(view), "Corrupted")).Message,
            StringComparison.Ordinal);
        samples[1].Image[5] = 7;
        Assert.Contains("must lie in [0, 1] but span",
            Assert.Throws<ArgumentException>(
                () => Corrupted.Vectors<float>(step.Transform(_ml.Data.LoadFromEnumerable(samples)), "Corrupted")).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void OwnCorruption_WorksButCannotBeSaved()
    {
        var step = _ml.Transforms.Corrupt("Corrupted", new OwnCorruption(), inputColumnName: "Image").Fit(_data);
        Assert.Equal(Corrupted.Make(4)[2].Image.Select(value => value / 2),
            Corrupted.Vectors<float>(step.Transform(_data), "Corrupted")[2]);
        var error = Assert.ThrowsAny<Exception>(() => _ml.Model.Save(step, _data.Schema, Stream.Null));
        Assert.Contains("The corruption OwnCorruption of a Corrupt step cannot be written", error.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AFileWithACorruptionOfALaterVersion_IsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => Stored.Read(Stored.Write(writer => writer.Write("Hail")), typeof(CorruptionParameters)));
        Assert.Equal("it has the corruption 'Hail', which this version does not know (at byte 5 of 5)", error.Message);
    }

    [Fact]
    public void NoRows_GiveNoRows()
    {
        var data = _ml.Data.LoadFromEnumerable<Corrupted.Sample>([]);
        Assert.Empty(Corrupted.Vectors<float>(Corrupted.Estimator(_ml).Fit(data).Transform(data), "Corrupted"));
    }
}

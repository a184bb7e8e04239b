using Microsoft.ML;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Samples;

/// <summary>Samples that are given the same --out use each other's models where they fit, and never overwrite them.</summary>
public sealed class SampleClassifiersTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Standard_ModelOfTheSameTraining_IsUsed()
    {
        var trained = Standard("");
        var used = Standard("Other");

        Assert.Equal(trained, used);
        Assert.True(trained.TrainSeconds > 0);
        Assert.Equal(("drawn digits, seed 1", 20L, "Standard", 0, 1, "cpu"),
            (trained.Source, trained.Rows, trained.Objective, trained.Epsilon, trained.Epochs, trained.Device));
        Assert.False(File.Exists(_folder.PathOf("Other/standard.zip")));
    }

    [Theory]
    [InlineData("no description")]
    [InlineData("damaged description")]
    [InlineData("other rows")]
    [InlineData("other library")]
    public void Standard_ModelThatMayBeAnother_IsLeftAlone(string change)
    {
        var trained = Standard("");
        var model = _folder.PathOf("standard.zip");
        switch (change)
        {
            case "no description": ModelDescription.Remove(model); break;
            case "damaged description": File.WriteAllText(_folder.PathOf("standard.json"), "{"); break;
            case "other library": (trained with { Library = Guid.Empty }).Write(model); break;
        }

        var before = File.ReadAllBytes(model);
        var other = Standard("Other", rows: change == "other rows" ? 30 : 20);

        Assert.Equal(before, File.ReadAllBytes(model));
        Assert.Equal(other, ModelDescription.Read(_folder.PathOf("Other/standard.zip")));
    }

    [Fact]
    public void AdversariallyTrained_GivenModels_MustHaveTheirDataAndRadius()
    {
        var trained = AdversariallyTrained(Settings("", epsilon: 0.1), rows: 20);
        var given = Settings("Other", epsilon: 0.1) with { ModelsFolder = _folder.PathOf("") };

        Assert.Equal("Adversarial PGD-7 L∞ 0.1", trained.Objective);
        Assert.Equal(trained, AdversariallyTrained(given, rows: 30));
        var message = Assert.Throws<InvalidDataException>(
            () => AdversariallyTrained(given with { Epsilon = 0.2 }, rows: 20)).Message;
        Assert.Contains("Adversarial PGD-7 L∞ 0.2 on drawn digits, seed 1, got Adversarial PGD-7 L∞ 0.1", message,
            StringComparison.Ordinal);
        ModelDescription.Remove(_folder.PathOf("adversarial.zip"));
        Assert.Contains("got none", Assert.Throws<InvalidDataException>(() => AdversariallyTrained(given, rows: 20)).Message,
            StringComparison.Ordinal);
    }

    private SampleSettings Settings(string sample, double epsilon) => new()
    {
        Epsilon = epsilon,
        SharedFolder = _folder.PathOf(""),
        OutputFolder = _folder.PathOf(sample),
    };

    private ModelDescription Standard(string sample, int rows = 20) =>
        Use(Settings(sample, 0.1), rows, (classifiers, bars) => classifiers.Standard(bars));

    private ModelDescription AdversariallyTrained(SampleSettings settings, int rows) =>
        Use(settings, rows, (classifiers, bars) => classifiers.AdversariallyTrained(bars));

    private ModelDescription Use(
        SampleSettings settings,
        int rows,
        Func<SampleClassifiers, ProgressBars, (ITransformer Model, ModelDescription Training)> load)
    {
        var classifiers = new SampleClassifiers(_ml, settings, Images.Open(_ml, null, rows, drawnTestRows: 10), epochs: 1);
        var (model, training) = ProgressBars.Show(bars => load(classifiers, bars));
        ((IDisposable)model).Dispose();
        return training;
    }
}

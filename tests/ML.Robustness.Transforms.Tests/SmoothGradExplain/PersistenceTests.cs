using Microsoft.ML;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>The step goes into a model file with its classifier, and comes back.</summary>
public sealed class PersistenceTests : IDisposable
{
    private static readonly AttributionMethod[] Tried =
    [
        new Saliency { BatchSize = 7 },
        new InputTimesGradient { BatchSize = 9 },
        new GradCam { BatchSize = 3 },
        new GradCam { Layer = "1.second" },
        new IntegratedGradients { Steps = 6, Baseline = 0.25, BatchSize = 5 },
        new IntegratedGradients { BaselineRow = [0.1f, 0.2f, 0.3f, 0.4f], Tolerance = 2e-3 },
        new Occlusion { Window = 5, Stride = 3, Baseline = 0.5, BatchSize = 11 },
        new SmoothedAttribution(new Occlusion { Window = 2 }) { Samples = 9, Noise = 0.3, Range = new ValueRange(-1, 4),
            Combination = NoiseCombination.Variance, BatchSize = 2 },
        new SmoothedAttribution(new Saliency()) { Samples = 4, NoiseScale = NoiseScale.RowRange,
            Combination = NoiseCombination.MeanOfAbsolutes },
    ];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly NeuralClassifierTransformer _classifier;

    public PersistenceTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public void Dispose()
    {
        _classifier.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Step_SavedWithItsClassifier_ComesBackInAFreshProcess()
    {
        var data = TwoDimensionalClasses.View(_ml);
        // The attribution takes the features' place, so that what a fresh process scores depends on it.
        var chain = Explained.Estimator(_ml, _classifier,
            options => (options.OutputColumnName, options.InputColumnName, options.Absolute, options.Seed) = ("Features", null,
                true, 11)).Fit(data).Append(_classifier);
        EstimatorContract.AssertComesBackInAFreshProcess(_ml, chain, _classifier);
    }

    [Fact]
    public void Step_WithEverySetting_ComesBack()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var changes = new Action<SmoothGradExplainEstimator.Options>[]
        {
            options => (options.Target, options.BatchSize) = (AttributionTargetKind.Label, 5),
            options => (options.Target, options.LabelColumnName) = (AttributionTargetKind.Label, "Number"),
            options => (options.Target, options.TargetClass, options.Noise) = (AttributionTargetKind.Class, 2, 0.3),
            options => (options.Target, options.TargetClass, options.RivalClass) = (AttributionTargetKind.Margin, 1, 2),
            options => (options.Method, options.Samples, options.Noise) = (new IntegratedGradients { Steps = 3 }, 1, 0),
            options => (options.Absolute, options.Combination, options.Seed) = (true, NoiseCombination.MeanOfSquares, 5),
            options => (options.NoiseScale, options.Combination) = (NoiseScale.RowRange, NoiseCombination.MeanOfAbsolutes),
        };
        foreach (var change in changes)
        {
            var step = Explained.Estimator(_ml, _classifier, change).Fit(data);
            using var loaded = EstimatorContract.AssertComesBack(_ml, step, data, [step.OutputColumnName]);
            Assert.Equal((step.OutputColumnName, step.BatchSize), (loaded.OutputColumnName, loaded.BatchSize));
            Assert.NotSame(_classifier, loaded.Classifier);
        }
    }

    [Fact]
    public void LoadedStep_OwnsItsClassifier()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var path = _folder.PathOf("owned.zip");
        _ml.Model.Save(Explained.Estimator(_ml, _classifier).Fit(data), data.Schema, path);
        var loaded = Assert.IsType<SmoothGradExplainTransformer>(_ml.Model.Load(path, out _));
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Explained.Rows(loaded.Transform(data)));
    }

    [Fact]
    public void Methods_GoIntoTheFileAndBack()
    {
        foreach (var method in Tried)
        {
            var found = Stored.Read<AttributionMethod>(
                Stored.Write(writer => AttributionMethodFormat.Write(writer, method)), typeof(AttributionMethodFormat));
            Assert.Equal(method.GetType(), found.GetType());
            Assert.Equal(Settings(method), Settings(found));
        }
    }

    // The bytes that were written before methods had a scale of their noise.
    [Fact]
    public void SmoothedMethod_OfAFileBeforeNoiseScales_IsRead_AndWrittenAlike()
    {
        var content = Stored.Write(writer =>
        {
            writer.Write((byte)5);
            writer.Write(2);
            writer.Write(9);
            writer.Write(0.3);
            writer.Write(-1.0);
            writer.Write(4.0);
            writer.Write((byte)2);
            writer.Write((byte)0);
            writer.Write(7);
        });

        var found = Assert.IsType<SmoothedAttribution>(Stored.Read(content, typeof(AttributionMethodFormat)));
        Assert.Equal((2, 9, 0.3, NoiseScale.ValueRange), (found.BatchSize, found.Samples, found.Noise, found.NoiseScale));
        Assert.Equal((new ValueRange(-1, 4), NoiseCombination.Variance), (found.Range, found.Combination));
        Assert.Equal(7, Assert.IsType<Saliency>(found.Inner).BatchSize);

        Assert.Equal(content, Stored.Write(writer => AttributionMethodFormat.Write(writer, found)));
    }

    [Fact]
    public void MethodOfALaterVersion_IsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => Stored.Read([200, 1, 0, 0, 0], typeof(AttributionMethodFormat)));
        Assert.Equal("it has attribution method 200, which this version does not know (at byte 5 of 5)", error.Message);
    }

    [Fact]
    public void MethodWithGivenNoise_CannotBeSaved()
    {
        using var noise = TorchSharp.torch.zeros(2, 1, 4);
        using var writer = new BinaryWriter(new MemoryStream());
        var error = Assert.Throws<NotSupportedException>(
            () => AttributionMethodFormat.Write(writer, new Saliency().Smoothed().WithNoise(noise)));
        Assert.StartsWith("A method with given noise cannot be written to a model file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FeaturePermutation_WhoseBackgroundIsData_CannotBeSaved()
    {
        using var background = TorchSharp.torch.zeros(3, 4);
        using var writer = new BinaryWriter(new MemoryStream());
        foreach (var method in (AttributionMethod[])
            [new FeaturePermutation(background), new FeaturePermutation(background).Smoothed(2)])
        {
            var error = Assert.Throws<NotSupportedException>(() => AttributionMethodFormat.Write(writer, method));
            Assert.StartsWith(
                "The method FeaturePermutation of a SmoothGradExplain step cannot be written to a model file, since its "
                + "background is rows of data.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Methods_TriedForTheFile_AreAllThereAreWithEverySetting()
    {
        var kinds = typeof(AttributionMethod).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(AttributionMethod)) && !type.IsAbstract
                && type != typeof(FeaturePermutation));
        Assert.All(kinds, kind => Assert.Contains(Tried, method => method.GetType() == kind));
        foreach (var kind in kinds)
        {
            var plain = Settings(
                kind == typeof(SmoothedAttribution) ? new Saliency().Smoothed()
                    : (AttributionMethod)Activator.CreateInstance(kind)!);
            Assert.All(plain,
                setting => Assert.Contains(Tried,
                    method => method.GetType() == kind && Settings(method)[setting.Key] != setting.Value));
        }
    }

    [Fact]
    public void MethodOfTheUsers_CannotBeSaved()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var step = Explained.Estimator(_ml, _classifier, options => options.Method = new OwnMethod()).Fit(data);
        Assert.Equal(90, Explained.Rows(step.Transform(data)).Count);
        var error = Assert.Throws<NotSupportedException>(() => _ml.Model.Save(step, data.Schema, _folder.PathOf("own.zip")));
        Assert.StartsWith("The method OwnMethod of a SmoothGradExplain step cannot be written to a model file.", error.Message,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Settings(AttributionMethod method) => method.GetType().GetProperties().ToDictionary(
        property => property.Name,
        property => property.GetValue(method) is IEnumerable<float> row ? string.Join(' ', row) : $"{property.GetValue(method)}");

    private sealed class OwnMethod : AttributionMethod
    {
        protected override TorchSharp.torch.Tensor Explain(AttributionContext context) => context.Inputs.mul(2);
    }
}

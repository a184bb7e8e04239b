using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>The parts of model headers, damaged as if their checksum had been made anew.</summary>
public sealed class ForgedHeaderTests
{
    private static readonly FeatureColumn Features = new(
        "Features", new VectorDataViewType(NumberDataViewType.Single, 1, 2, 3), new InputShape(1, 2, 3));

    private static readonly Dictionary<string, (byte[] Content, Type Format)> Parts = new()
    {
        ["feature column"] = (Stored.Write(Features.Write), typeof(FeatureColumn)),
        ["key values"] = (Stored.Write(writer => KeyValues.Write(writer, KeyValues.Numbers(5))), typeof(KeyValues)),
        ["classifier"] = (Stored.Write(new SavedClassifier(Features, ModelArchitecture.MultilayerPerceptron(7), 3,
            KeyValues.Numbers(3), ClassifierKind.Multiclass).Write), typeof(SavedClassifier)),
        ["attack"] = (Stored.Write(writer => AttackFormat.Write(writer,
            new ProjectedGradientDescent(ThreatModel.LInf(0.1).WithBudgets(0.1, 0.2, 0.3)))), typeof(AttackFormat)),
        ["attack with ranges"] = (Stored.Write(writer => AttackFormat.Write(writer,
            new ProjectedGradientDescent(ThreatModel.LInf(0.1).WithRanges(new(0, 2), new(-1, 1))))), typeof(AttackFormat)),
        ["attack's target"] = (Stored.Write(new PgdAugmentTarget(null, TargetKind.KthLikely, 2).Write), typeof(PgdAugmentTarget)),
        ["copies"] = (Stored.Write(new PgdAugmentCopies(0.5, CopyPlacement.Following, "Mark", 64, 3).Write),
            typeof(PgdAugmentCopies)),
        ["attribution method"] = (Stored.Write(writer => AttributionMethodFormat.Write(writer,
            new IntegratedGradients { BaselineRow = [1, 2, 3] }.Smoothed())), typeof(AttributionMethodFormat)),
        ["occlusion"] = (Stored.Write(writer => AttributionMethodFormat.Write(writer, new Occlusion())),
            typeof(AttributionMethodFormat)),
        ["attribution target"] = (Stored.Write(
            new AttributionTargetParameters(AttributionTargetKind.Margin, 1, 2, null).Write),
            typeof(AttributionTargetParameters)),
        ["corruption"] = (Stored.Write(new CorruptionParameters(
            new GaussianNoise(), 3, ValueRange.Unit, Features, "Corrupted", 5).Write), typeof(CorruptionParameters)),
        ["feature data set's options"] = (Stored.Write(new FeatureDatasetOptions(
            FeatureDatasetKind.RandomLabels, ThreatModel.L2(0.5), ValueRange.Unit, 5, 0.1, 1, null).Write),
            typeof(FeatureDatasetOptions)),
    };

    public static TheoryData<string> Names => [.. Parts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void APart_OfAnyMutation_IsReadOrRefused(string name)
    {
        var (content, format) = Parts[name];
        object[] more = format == typeof(KeyValues) ? [5] : [];
        Assert.NotNull(Stored.Read(content, format, more));
        foreach (var damaged in Mutations.All(content))
        {
            var allocated = Mutations.Allocated(() =>
            {
                try
                {
                    Stored.Read(damaged, format, more);
                }
                catch (InvalidDataException)
                {
                }
            });
            Assert.InRange(allocated, 0, 16 << 20);
        }
    }

    [Fact]
    public void SmoothedMethods_InsideEachOther_AreRefused_BeforeTheStackOverflows()
    {
        var content = Stored.Write(writer =>
        {
            for (var depth = 0; depth < 100_000; depth++)
            {
                writer.Write((byte)5);
                writer.Write(1);
                writer.Write(1);
                writer.Write(0.1);
                writer.Write(0.0);
                writer.Write(1.0);
                writer.Write((byte)0);
            }
        });
        Assert.StartsWith("a smoothed method is inside another, where a step smooths once",
            Assert.Throws<InvalidDataException>(() => Stored.Read(content, typeof(AttributionMethodFormat))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50_001, 1)]
    [InlineData(1000, 51)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void StepsAndSamples_BeyondTheLimits_AreRefused(int samples, int steps)
    {
        var content = Stored.Write(writer =>
        {
            writer.Write((byte)5);
            writer.Write(8);
            writer.Write(samples);
            writer.Write(0.1);
            writer.Write(0.0);
            writer.Write(1.0);
            writer.Write((byte)0);
            writer.Write((byte)2);
            writer.Write(8);
            writer.Write(steps);
            writer.Write(0.0);
            writer.Write(double.NaN);
            writer.Write(0);
        });
        Assert.Throws<InvalidDataException>(() => Stored.Read(content, typeof(AttributionMethodFormat)));
    }

    [Fact]
    public void AMethodBeyondALimit_IsNotSavedEither()
    {
        var method = new IntegratedGradients { Steps = 5000 };
        Assert.Contains("it has 5000 steps, where 4096 is the most",
            Assert.Throws<NotSupportedException>(
                () => Stored.Write(writer => AttributionMethodFormat.Write(writer, method))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MultilayerPerceptron(40000, 40000)")]
    [InlineData("ConvNet(40000, 40000)")]
    [InlineData("ResidualNet(20000)")]
    [InlineData("ResidualNet(2147483647)")]
    public void ANetworkFarLargerThanItsWeights_IsRefused_BeforeItIsMade(string architecture)
    {
        using var small = ModelArchitecture.MultilayerPerceptron(7).Create(Features.Shape, 3, 1);
        using var weights = new MemoryStream();
        ModelWeights.Write(weights, small, "MultilayerPerceptron(7)");
        weights.Position = 0;
        var saved = new SavedClassifier(Features, ModelArchitecture.Parse(architecture), 3, null, ClassifierKind.Multiclass);
        var watch = Stopwatch.StartNew();
        var before = Process.GetCurrentProcess().PeakWorkingSet64;
        Assert.Contains("do not fit this network",
            Assert.Throws<InvalidDataException>(() => saved.Restore(new MLContext(1), weights)).Message,
            StringComparison.Ordinal);
        Assert.InRange(Process.GetCurrentProcess().PeakWorkingSet64 - before, 0, 256 << 20);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void ASectionOfAnotherVersion_SaysSo()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        using var classifier = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        var path = folder.PathOf("model.zip");
        ml.Model.Save(classifier, null, path);
        Entries.Change(path, "Model.key", bytes =>
        {
            // The version of the section, written and readable.
            var place = bytes.AsSpan().IndexOf(BitConverter.GetBytes(SavedClassifier.Version));
            BitConverter.GetBytes(SavedClassifier.Version - 1).CopyTo(bytes, place);
            BitConverter.GetBytes(SavedClassifier.Version - 1).CopyTo(bytes, place + sizeof(uint));
        });
        Assert.Contains("it was written by another version of the library, with format 00010003, and this one reads 00010004",
            Assert.Throws<InvalidDataException>(() => ml.Model.LoadVerified(path, out _)).Message, StringComparison.Ordinal);
    }
}

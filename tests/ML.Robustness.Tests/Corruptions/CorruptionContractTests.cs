using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Corruptions;

/// <summary>What holds for every corruption.</summary>
public sealed class CorruptionContractTests
{
    public static TheoryData<string, long, long, long> Shapes
    {
        get
        {
            var data = new TheoryData<string, long, long, long>();
            foreach (var corruption in Corruption.All)
            {
                data.Add(corruption.Name, 3, 32, 32);
                data.Add(corruption.Name, 1, 28, 28);
                data.Add(corruption.Name, 3, 19, 26);
                data.Add(corruption.Name, 1, 9, 5);
            }
            return data;
        }
    }

    public static TheoryData<string> Names => [.. Corruption.All.Select(corruption => corruption.Name)];

    [Fact]
    public void All_HasEachCorruptionOnce()
    {
        Assert.Equal(11, Corruption.All.Select(corruption => corruption.Name).Distinct().Count());
        var classes = typeof(Corruption).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Corruption)));
        Assert.Equal(classes.Select(type => type.Name).Order(), Corruption.All.Select(corruption => $"{corruption}").Order());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Apply_SeverityGoesUp_SoDoesTheDistance(string name, long channels, long height, long width)
    {
        using var scope = NewDisposeScope();
        var images = TestImages.Make(8, channels, height, width);
        var distances = Enumerable.Range(1, Corruption.Severities).Select(severity =>
        {
            var corrupted = Named(name).Apply(images, severity, new RowRandom(5), ValueRange.Unit);
            Assert.Equal(images.shape, corrupted.shape);
            Assert.Equal(images.dtype, corrupted.dtype);
            Assert.True(corrupted.min().item<double>() >= 0 && corrupted.max().item<double>() <= 1);
            return corrupted.sub(images).abs().mean().item<double>();
        }).ToArray();
        Assert.All(distances, distance => Assert.True(distance > 0));
        // Images of a few pixels are too coarse for steps between the severities.
        if (height > 9)
            Assert.Equal(distances.Order(), distances);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_DependsOnTheRowAlone(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            var images = TestImages.Make(5, type: type);
            var together = Named(name).Apply(images, 4, new RowRandom(7, [3, 8, 5, 1, 90]), ValueRange.Unit);
            Assert.True(together.Equals(Named(name).Apply(images, 4, new RowRandom(7, [3, 8, 5, 1, 90]), ValueRange.Unit)));
            var alone = Named(name).Apply(images.narrow(0, 2, 1), 4, new RowRandom(7, 5), ValueRange.Unit);
            Assert.True(together.narrow(0, 2, 1).allclose(alone, 0, type == ScalarType.Float64 ? 1e-13 : 0));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_OtherRange_IsTheSameThereAndInUnits(string name)
    {
        using var scope = NewDisposeScope();
        var images = TestImages.Make();
        var range = new ValueRange(-2, 6);
        var scaled = Named(name).Apply(images.mul(8).sub(2), 3, new RowRandom(2), range);
        var unit = Named(name).Apply(images, 3, new RowRandom(2), ValueRange.Unit);
        Assert.True(unit.mul(8).sub(2).allclose(scaled, 0, name == "ImpulseNoise" ? 1e-12 : 1e-9));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_LeavesItsInputAndNoTensors(string name)
    {
        using var images = TestImages.Make();
        using var before = images.clone();
        using var turned = images.transpose(2, 3);
        LiveTensors.AssertNoneLeft(() => Named(name).Apply(turned, 2, new RowRandom(2), ValueRange.Unit).Dispose());
        Assert.True(images.Equals(before));
        using var straight = turned.contiguous();
        using var one = Named(name).Apply(turned, 2, new RowRandom(2), ValueRange.Unit);
        using var other = Named(name).Apply(straight, 2, new RowRandom(2), ValueRange.Unit);
        Assert.True(one.allclose(other, 0, 1e-13));
    }

    [Fact]
    public void Apply_BlackAndWhiteImages_StayFinite()
    {
        using var scope = NewDisposeScope();
        foreach (var corruption in Corruption.All)
        {
            foreach (var value in new[] { 0.0, 1.0 })
            {
                var corrupted = corruption.Apply(full([2, 3, 16, 17], value, ScalarType.Float32), 5, new RowRandom(1),
                    ValueRange.Unit);
                Assert.True(corrupted.isfinite().all().item<bool>(), $"{corruption}");
            }
        }
    }

    /// <summary>Only JPEG tells the channels apart: all others without chance give the same in any order.</summary>
    [Fact]
    public void Apply_OtherOrderOfChannels_ChangesJpegAlone()
    {
        using var scope = NewDisposeScope();
        var images = TestImages.Make();
        string[] noises = [nameof(GaussianNoise), nameof(ShotNoise), nameof(ImpulseNoise)];
        foreach (var corruption in Corruption.All.Where(corruption => !noises.Contains(corruption.Name)))
        {
            var straight = TestImages.Values(corruption.Apply(images, 4, new RowRandom(1), ValueRange.Unit).flip(1));
            var turned = TestImages.Values(corruption.Apply(images.flip(1), 4, new RowRandom(1), ValueRange.Unit));
            var greatest = straight.Zip(turned, (one, other) => Math.Abs(one - other)).Max();
            Assert.True(corruption is Jpeg ? greatest > 0.05 : greatest < 1e-13, $"{corruption}: {greatest}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Apply_UnknownSeverity_Throws(int severity)
    {
        using var images = TestImages.Make();
        Assert.Contains("from 1, the mildest, to 5",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => new Fog().Apply(images, severity, new RowRandom(1), ValueRange.Unit)).Message);
    }

    [Fact]
    public void Apply_WhatIsNoImage_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.StartsWith("Corruptions work on images (N, C, H, W) of one or three channels, got shape [2, 12].",
            Message(zeros([2, 12]), ValueRange.Unit));
        Assert.Contains("got shape [2, 4, 5, 5]", Message(zeros([2, 4, 5, 5]), ValueRange.Unit));
        Assert.Contains("got shape [0, 3, 5, 5]", Message(zeros([0, 3, 5, 5]), ValueRange.Unit));
        Assert.Contains("convert them first, bytes to [0, 1]", Message(zeros([2, 3, 5, 5], ScalarType.Byte), ValueRange.Unit));
        Assert.Contains("must lie in [0, 1] but span [0, 2]",
            Message(arange(3, ScalarType.Float32).view(1, 1, 1, 3), ValueRange.Unit));
        Assert.Contains("span [NaN, NaN]", Message(full([1, 1, 2, 2], double.NaN), ValueRange.Unit));
        Assert.Contains("the range is [-Infinity, Infinity]", Message(zeros([2, 3, 5, 5]), ValueRange.Unbounded));
        Assert.Contains("the range is [0, 0]", Message(zeros([2, 3, 5, 5]), default));

        static string Message(Tensor inputs, ValueRange range) =>
            Assert.ThrowsAny<ArgumentException>(() => new Contrast().Apply(inputs, 1, new RowRandom(1), range)).Message;
    }

    private static Corruption Named(string name) => Corruption.All.Single(corruption => corruption.Name == name);
}

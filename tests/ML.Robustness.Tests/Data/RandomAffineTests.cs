using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Data;

public sealed class RandomAffineTests
{
    private static readonly RandomAffine Still = new() { Shift = 0, Scale = 0, Rotation = 0 };

    [Fact]
    public void Apply_OnlyShifts_MovesWholePixels()
    {
        using var scope = NewDisposeScope();
        var inputs = arange(0, 40 * 30, ScalarType.Float32).view(40, 1, 5, 6);
        var outputs = (Still with { Shift = 2 }).Apply(inputs, new RowRandom(1));
        var moves = new HashSet<(int, int)>();
        for (var row = 0; row < 40; row++)
        {
            var (before, after) = (inputs[row, 0].data<float>().ToArray(), outputs[row, 0].contiguous().data<float>().ToArray());
            moves.Add(Assert.Single(
                from down in Enumerable.Range(-2, 5)
                from right in Enumerable.Range(-2, 5)
                where Enumerable.Range(0, 30)
                .All(i => after[i] == before[Math.Clamp(i / 6 - down, 0, 4) * 6 + Math.Clamp(i % 6 - right, 0, 5)])
                select (down, right)));
        }
        Assert.True(moves.Count >= 15, $"Only {moves.Count} of 25 moves.");
    }

    [Fact]
    public void Apply_NoMotion_IsTheInput()
    {
        using var scope = NewDisposeScope();
        var inputs = rand([3, 2, 4, 5], generator: new Generator(1));
        Assert.True(Still.Apply(inputs, new RowRandom(1)).Equals(inputs));
    }

    [Fact]
    public void Apply_SlopedPicture_ShowsScaleAndAngle()
    {
        using var scope = NewDisposeScope();
        // A picture whose value is its column: its slope tells 1 / scale and angle, away from the edges.
        var inputs = arange(0, 21, ScalarType.Float64).view(1, 1, 1, 21).expand(30, 1, 21, 21).contiguous();
        var scaled = (Still with { Scale = 0.2 }).Apply(inputs, new RowRandom(2));
        var turned = (Still with { Rotation = 30 }).Apply(inputs, new RowRandom(2));
        for (var row = 0; row < 30; row++)
        {
            Assert.InRange(Slope(scaled, row, 0, 1), 1 / 1.2, 1 / 0.8);
            Assert.Equal(0, Slope(scaled, row, 1, 0), 9);
            var (across, down) = (Slope(turned, row, 0, 1), Slope(turned, row, 1, 0));
            Assert.Equal(1, across * across + down * down, 9);
            Assert.InRange(across, Math.Cos(Math.PI / 6) - 1e-9, 1);
        }
        Assert.True(Enumerable.Range(0, 30).Select(row => Slope(turned, row, 1, 0)).Count(slope => slope > 0) is > 5 and < 25);

        static double Slope(Tensor images, int row, int down, int right) =>
            (images[row, 0, 10 + 2 * down, 10 + 2 * right].item<double>() - images[row, 0, 10 - 2 * down,
                10 - 2 * right].item<double>()) / 4;
    }

    [Fact]
    public void Apply_RowsAreIndependentAndNothingIsLeft()
    {
        using var scope = NewDisposeScope();
        var inputs = rand([8, 1, 6, 6], generator: new Generator(1));
        var motion = new RandomAffine();
        var all = motion.Apply(inputs, new RowRandom(9));
        Assert.True(motion.Apply(inputs.narrow(0, 3, 1), new RowRandom(9, firstRow: 3)).Equals(all.narrow(0, 3, 1)));
        Assert.False(motion.Apply(inputs, new RowRandom(10)).Equals(all));
        LiveTensors.AssertNoneLeft(() => motion.Apply(inputs, new RowRandom(9)).Dispose());
    }

    [Fact]
    public void Apply_PassesGradients()
    {
        using var scope = NewDisposeScope();
        var inputs = rand([2, 1, 6, 6], generator: new Generator(1)).requires_grad_(true);
        new RandomAffine().Apply(inputs, new RowRandom(1)).sum().backward();
        // What is read from a pixel goes back to it: all weights of an output pixel add up to one.
        Assert.Equal(72, inputs.grad!.sum().item<float>(), 1e-3);
    }

    [Fact]
    public void BadSettings_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomAffine { Shift = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomAffine { Scale = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomAffine { Rotation = double.NaN });
        using var vectors = zeros(2, 9);
        var error = Assert.Throws<ArgumentException>(() => new RandomAffine().Apply(vectors, new RowRandom(0)));
        Assert.Contains("Only images (N, C, H, W) can be moved and turned, but the inputs are [2, 9].", error.Message,
            StringComparison.Ordinal);
    }
}

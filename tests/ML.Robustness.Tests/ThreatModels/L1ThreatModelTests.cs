using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.ThreatModels;

public class L1ThreatModelTests
{
    [Theory]
    [InlineData(0.5, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(20, false)]
    public void Project_GivesTheNearestPointOfBallAndRange(double epsilon, bool unbounded)
    {
        using var scope = NewDisposeScope();
        var range = unbounded ? ValueRange.Unbounded : ValueRange.Unit;
        var random = new RowRandom(1);
        var origins = random.Uniform(zeros([40, 2, 9], ScalarType.Float64), -0.2, 1.2).clamp_(0, 1);
        var candidates = random.Derive(1).Normal(origins).mul(2).add(origins);
        var projected = ThreatModel.L1(epsilon, range).Project(candidates, origins);
        for (var row = 0; row < 40; row++)
        {
            var expected = Nearest(Row(candidates, row), Row(origins, row), epsilon, range);
            AssertClose(expected, Row(projected, row), 1e-9);
        }
        Assert.True(ThreatModel.L1(epsilon, range).Project(projected, origins).allclose(projected, 1e-12, 1e-12));
    }

    [Fact]
    public void Project_IsNoRescaling()
    {
        using var scope = NewDisposeScope();
        // 0.6 + 0.3 + 0.1 to a radius of 0.5: 0.2 off each of the two that stay, where a rescaling would halve all three.
        var projected = ThreatModel.L1(0.5)
            .Project(tensor(new[] { 0.6, 0.3, 0.1 }).view(1, 3), zeros([1, 3], ScalarType.Float64));
        AssertClose([0.4, 0.1, 0], Row(projected, 0), 1e-12);
        // The first is cut by the range, so the second may keep more: 0.3 of 0.9.
        var cut = ThreatModel.L1(0.5)
            .Project(tensor(new[] { 1.8, 0.9, 0.1 }).view(1, 3), tensor(new[] { 0.8, 0.0, 0.0 }).view(1, 3));
        AssertClose([1, 0.3, 0], Row(cut, 0), 1e-12);
    }

    [Fact]
    public void Project_InsideAlready_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var origins = tensor(new[] { 0.5, 0.25, 1, 0 }).view(1, 4);
        var candidates = tensor(new[] { 0.75, 0.25, 0.875, 0 }).view(1, 4);
        Assert.Equal(Row(candidates, 0), Row(ThreatModel.L1(0.5).Project(candidates, origins), 0));
        Assert.Equal(Row(origins, 0), Row(ThreatModel.L1(0.5).Project(origins, origins), 0));
    }

    [Fact]
    public void Project_ManyFloats_StaysInsideAndNearTheExactAnswer()
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(3);
        var origins = random.Uniform(zeros(3, 3, 32, 32), 0, 1);
        var candidates = random.Derive(1).Normal(origins).add(origins);
        var threatModel = ThreatModel.L1(12);
        var projected = threatModel.Project(candidates, origins);
        Assert.True(threatModel.Distance(projected, origins).max().item<float>() <= 12 + 1e-5);
        for (var row = 0; row < 3; row++)
        {
            var expected = Nearest(Row(candidates.to(ScalarType.Float64), row), Row(origins.to(ScalarType.Float64), row), 12,
                ValueRange.Unit);
            AssertClose(expected, Row(projected.to(ScalarType.Float64), row), 2e-5);
        }
    }

    [Fact]
    public void Direction_IsTheSteepestValueAlone()
    {
        using var scope = NewDisposeScope();
        var direction = ThreatModel.L1(1).Direction(tensor(new[] { 1.0, -3, 2, 0, 0, 0 }).view(2, 3));
        Assert.Equal([0, -1, 0, 0, 0, 0], direction.data<double>().ToArray());
    }

    [Fact]
    public void Step_FillsTheSteepestValuesToTheRange()
    {
        using var scope = NewDisposeScope();
        var candidates = tensor(new[] { 0.9, 0.2, 0.5, 0.5 }).view(1, 4);
        // Gradient 4 up has room 0.1, −3 down has 0.2, 2 up has 0.5; a step of 0.6 leaves 0.3 for the third.
        var stepped = ThreatModel.L1(1).Step(candidates, tensor(new[] { 4.0, -3, 2, 1 }).view(1, 4), 0.6);
        AssertClose([1, 0, 0.8, 0.5], Row(stepped, 0), 1e-12);
        var flat = ThreatModel.L1(1).Step(candidates, zeros_like(candidates), 0.6);
        Assert.Equal(Row(candidates, 0), Row(flat, 0));
    }

    [Fact]
    public void RandomStart_IsUniformInTheBall()
    {
        using var scope = NewDisposeScope();
        var origins = full([4000, 3], 0.5, ScalarType.Float64);
        var threatModel = ThreatModel.L1(0.4);
        var starts = threatModel.RandomStart(origins, new RowRandom(2));
        // The share of the volume inside radius r is (r / ε)³: its mean is a half, that of its square a third.
        var shares = threatModel.Distance(starts, origins).data<double>().ToArray()
            .Select(distance => Math.Pow(distance / 0.4, 3)).ToArray();
        Assert.Equal(0.5, shares.Average(), 0.02);
        Assert.Equal(1 / 3.0, shares.Average(share => share * share), 0.02);
        Assert.True(shares.Max() <= 1 + 1e-9);
        // A coordinate of a uniform point has variance 2 ε² / ((d + 1)(d + 2)).
        var changes = starts.sub(origins).data<double>().ToArray();
        Assert.Equal(0, changes.Average(), 0.004);
        Assert.Equal(2 * 0.16 / 20, changes.Average(change => change * change), 0.0008);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void SurfaceStart_LiesOnTheSurface(string norm)
    {
        using var scope = NewDisposeScope();
        var threatModel = norm switch
        {
            "LInf" => ThreatModel.LInf(0.3, ValueRange.Unbounded),
            "L2" => ThreatModel.L2(0.3, ValueRange.Unbounded),
            _ => ThreatModel.L1(0.3, ValueRange.Unbounded),
        };
        var origins = new RowRandom(2).Normal(zeros([50, 4, 5], ScalarType.Float64));
        var distances = threatModel.Distance(threatModel.SurfaceStart(origins, new RowRandom(1)), origins).data<double>()
            .ToArray();
        Assert.All(distances, distance => Assert.Equal(0.3, distance, 1e-9));
        var clamped = threatModel.WithEpsilon(0).SurfaceStart(origins, new RowRandom(1));
        Assert.Equal(origins.data<double>().ToArray(), clamped.data<double>().ToArray());
    }

    [Fact]
    public void SparseDirection_SpreadsOneOverTheSteepestShare()
    {
        using var scope = NewDisposeScope();
        var threatModel = (L1ThreatModel)ThreatModel.L1(1);
        var gradient = tensor(new[] { 1.0, -4, 3, 2, /**/ 1, -4, 3, 2 }).view(2, 4);
        var direction = threatModel.SparseDirection(gradient, tensor(new[] { 0.5, 0.0 }));
        Assert.Equal([0, -0.5, 0.5, 0, /**/ 0, -1, 0, 0], direction.data<double>().ToArray());
    }

    /// <summary>The nearest point by bisection: |d| − λ, cut to the room, for the λ at which the ball is full.</summary>
    internal static double[] Nearest(double[] candidate, double[] origin, double epsilon, ValueRange range)
    {
        double[] At(double threshold) => [.. candidate.Select((value, i) =>
        {
            var change = value - origin[i];
            var room = change > 0 ? range.Maximum - origin[i] : origin[i] - range.Minimum;
            return Math.Sign(change) * Math.Min(Math.Max(Math.Abs(change) - threshold, 0), room);
        })];

        var (low, high) = (0.0, candidate.Zip(origin, (value, start) => Math.Abs(value - start)).Max());
        if (At(0).Sum(Math.Abs) > epsilon)
        {
            for (var i = 0; i < 200; i++)
            {
                var middle = (low + high) / 2;
                (low, high) = At(middle).Sum(Math.Abs) > epsilon ? (middle, high) : (low, middle);
            }
        }
        return [.. At(low).Zip(origin, (change, start) => start + change)];
    }

    private static double[] Row(Tensor tensor, int row) => tensor[row].flatten().contiguous().data<double>().ToArray();

    private static void AssertClose(double[] expected, double[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], tolerance);
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.ThreatModels;

public class ThreatModelTests
{
    [Fact]
    public void RadiusOrBound_ThatASingleDoesNotHold_IsRefused()
    {
        Assert.Contains("that a Single holds", Assert.Throws<ArgumentOutOfRangeException>(() => ThreatModel.L2(1e39)).Message,
            StringComparison.Ordinal);
        Assert.Contains("got [-1E+39, 1]", Assert.Throws<ArgumentOutOfRangeException>(() => new ValueRange(-1e39, 1)).Message,
            StringComparison.Ordinal);
        Assert.Equal(float.MaxValue, new ValueRange(0, float.MaxValue).Maximum);
    }

    [Fact]
    public void LInf_Project_ClampsEachValueToBallAndRange()
    {
        using var scope = NewDisposeScope();
        var origins = Rows([0.05, 0.5, 0.5, 0.98]);
        var projected = ThreatModel.LInf(0.1).Project(Rows([-0.3, 0.55, 0.9, 1.2]), origins);
        AssertRows([0, 0.55, 0.6, 1], projected);
    }

    [Fact]
    public void L2_Project_ShortensTheChangeThenClamps()
    {
        using var scope = NewDisposeScope();
        // A change of (3, 4) has length 5: within radius 1 it is (0.6, 0.8); the range then cuts 0.9 + 0.8.
        var projected = ThreatModel.L2(1).Project(Rows([3.1, 4.9]), Rows([0.1, 0.9]));
        AssertRows([0.7, 1], projected);
        AssertRows([0.4, 0.6], ThreatModel.L2(1).Project(Rows([0.4, 0.6]), Rows([0.1, 0.9])));
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void Project_GivesTheNearestPointOfTheBall(string name)
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(1);
        var origins = random.Normal(zeros([50, 3, 4], ScalarType.Float64));
        var candidates = random.Derive(1).Normal(origins).mul(2);
        var threatModel = Balls.Of(name, 1, ValueRange.Unbounded);
        var projected = threatModel.Project(candidates, origins);
        Assert.True(threatModel.Distance(projected, origins).max().item<double>() <= 1 + 1e-12);
        if (name == "L2")
        {
            // The nearest point of a Euclidean ball is as far away as the candidate sticks out.
            var expected = threatModel.Distance(candidates, origins).sub(1).clamp_min(0);
            Assert.True(threatModel.Distance(projected, candidates).allclose(expected, 1e-9, 1e-9));
        }
        else
        {
            Assert.True(projected.allclose(candidates.maximum(origins.sub(1)).minimum(origins.add(1)), 1e-12, 1e-12));
        }
        Assert.True(threatModel.Project(projected, origins).allclose(projected, 1e-12, 1e-12));
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void ZeroRadius_GivesTheOriginExactly(string name)
    {
        using var scope = NewDisposeScope();
        var threatModel = Balls.Of(name, 0, ValueRange.Unit);
        // -3e-8 is what a normalisation and its inverse leave of zero: it must come back untouched.
        var origins = tensor(new[] { -3e-8f, 0.1f, 0.7f, 1f }).view(1, 4);
        Assert.Equal(origins.data<float>().ToArray(), threatModel.Project(rand(1, 4), origins).data<float>().ToArray());
        Assert.Equal(origins.data<float>().ToArray(), threatModel.RandomStart(origins, new RowRandom(1)).data<float>().ToArray());
    }

    [Fact]
    public void LInf_Direction_IsTheSign()
    {
        using var scope = NewDisposeScope();
        AssertRows([1, -1, 0, 1], ThreatModel.LInf(1).Direction(Rows([3, -0.001, 0, 1e-300])));
    }

    [Fact]
    public void L2_Direction_IsTheGradientOverItsNorm()
    {
        using var scope = NewDisposeScope();
        AssertRows([0.6, 0, -0.8], ThreatModel.L2(1).Direction(Rows([3, 0, -4])));
    }

    [Theory]
    [InlineData(1e-30f)]
    [InlineData(1e-20f)]
    [InlineData(1e30f)]
    public void L2_Direction_OfExtremeGradients_HasUnitNorm(float scale)
    {
        using var scope = NewDisposeScope();
        // Squares of these leave float32's range.
        var gradient = tensor(new[] { 3 * scale, -4 * scale, 0, 0 }).view(2, 2);
        var direction = ThreatModel.L2(1).Direction(gradient).data<float>().ToArray();
        Assert.Equal(0.6f, direction[0], 1e-6f);
        Assert.Equal(-0.8f, direction[1], 1e-6f);
        Assert.Equal([0f, 0f], direction[2..]);
    }

    [Fact]
    public void Distance_MeasuresEachRow()
    {
        using var scope = NewDisposeScope();
        var origins = zeros([2, 1, 2], ScalarType.Float64);
        var candidates = tensor(new[] { 3.0, -4, 0, 0.5 }).view(2, 1, 2);
        AssertRows([4, 0.5], ThreatModel.LInf(1).Distance(candidates, origins));
        AssertRows([5, 0.5], ThreatModel.L2(1).Distance(candidates, origins));
    }

    [Fact]
    public void LInf_RandomStart_IsUniformInTheBall()
    {
        using var scope = NewDisposeScope();
        var origins = full([2000, 5], 0.5, ScalarType.Float64);
        var changes = ThreatModel.LInf(0.2).RandomStart(origins, new RowRandom(2)).sub(origins).data<double>().ToArray();
        Assert.Equal(0, changes.Average(), 0.005);
        Assert.Equal(0.04 / 3, changes.Average(change => change * change), 0.0004);
        Assert.True(changes.Max() > 0.199 && changes.Max() <= 0.2 + 1e-12);
    }

    [Fact]
    public void L2_RandomStart_IsUniformInTheBall()
    {
        using var scope = NewDisposeScope();
        var origins = full([4000, 3], 0.5, ScalarType.Float64);
        var threatModel = ThreatModel.L2(0.4);
        var starts = threatModel.RandomStart(origins, new RowRandom(2));
        // The share of the volume inside radius r is (r / ε)³: the mean of that share is a half, of its square a third.
        var shares = threatModel.Distance(starts, origins).data<double>().ToArray()
            .Select(distance => Math.Pow(distance / 0.4, 3)).ToArray();
        Assert.Equal(0.5, shares.Average(), 0.02);
        Assert.Equal(1 / 3.0, shares.Average(share => share * share), 0.02);
        Assert.True(shares.Max() <= 1 + 1e-9);
        // Each coordinate of a uniform point of the ball has variance ε² / (d + 2).
        var changes = starts.sub(origins).data<double>().ToArray();
        Assert.Equal(0, changes.Average(), 0.006);
        Assert.Equal(0.16 / 5, changes.Average(change => change * change), 0.0012);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void RandomStart_StaysInsideTheRange(string name)
    {
        using var scope = NewDisposeScope();
        var origins = tensor(new[] { 0.0, 1, 0, 1, 0.5, 0.01 }).view(2, 3);
        var starts = Balls.Of(name, 0.5, ValueRange.Unit).RandomStart(origins, new RowRandom(3)).data<double>().ToArray();
        Assert.All(starts, value => Assert.InRange(value, 0, 1));
    }

    [Theory]
    [InlineData(4 / 255.0, "L∞ 4/255")]
    [InlineData(8 / 255.0 + 9e-10, "L∞ 8/255")]
    [InlineData(8 / 255.0 + 2e-9, "L∞ 0.0313726")]
    [InlineData(8.6 / 255, "L∞ 0.0337255")]
    [InlineData(0.2, "L∞ 0.2")] // and not 51/255
    [InlineData(1.0, "L∞ 1")]
    [InlineData(0.0, "L∞ 0")]
    [InlineData(1 / 3.0, "L∞ 85/255")]
    public void Text_OfARadius_IsAsPeopleWriteIt(double epsilon, string expected) =>
        Assert.Equal($"{expected} in [0, 1]", ThreatModel.LInf(epsilon).ToString());

    [Fact]
    public void ExactText_TellsRadiiApartThatLookAlike()
    {
        Assert.Equal("LInf 0.01568627450980392 in [0, 1]", ThreatModel.LInf(4 / 255.0).ExactText);
        Assert.Equal("LInf 0.015686274609803923 in [0, 1]", ThreatModel.LInf((4 / 255.0) + 1e-10).ExactText);
        Assert.Equal("L2 0.5 in [0, 1], budgets [1, 2]", ThreatModel.L2(0.5).WithBudgets(1, 2).ExactText);
        Assert.Equal("Unbounded in [0, 1]", ThreatModel.Unbounded().ExactText);
        var error = Assert.Throws<ArgumentException>(() => new AttackSuite(
            new FastGradientMethod(ThreatModel.LInf(4 / 255.0)), new FastGradientMethod(ThreatModel.LInf((4 / 255.0) + 1e-10))));
        Assert.Contains("share one threat model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithEpsilon_KeepsNormAndRange()
    {
        var threatModel = ThreatModel.L2(0.5, new ValueRange(-1, 1)).WithEpsilon(2);
        Assert.Equal("L2 2 in [-1, 1]", threatModel.ToString());
        Assert.Equal("L∞ 0.25 in [0, 1]", ThreatModel.LInf(0.1).WithEpsilon(0.25).ToString());
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Epsilon_NotAFiniteRadius_Throws(double epsilon)
    {
        Assert.Contains("finite number of zero or more",
            Assert.Throws<ArgumentOutOfRangeException>(() => ThreatModel.LInf(epsilon)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreatModel.L2(epsilon));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreatModel.L2(1).WithEpsilon(epsilon));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(double.NaN, 1)]
    public void Range_Empty_Throws(double minimum, double maximum) =>
        Assert.Contains("minimum below its maximum",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ValueRange(minimum, maximum)).Message);

    [Fact]
    public void Range_Default_Throws() =>
        Assert.Contains("[0, 0]",
            Assert.Throws<ArgumentOutOfRangeException>(() => ThreatModel.LInf(1, default(ValueRange))).Message);

    private static Tensor Rows(double[] values) => tensor(values).view(1, values.Length);

    private static void AssertRows(double[] expected, Tensor found)
    {
        var values = found.data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-12);
    }
}

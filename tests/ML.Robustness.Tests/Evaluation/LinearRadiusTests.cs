using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Evaluation;

/// <summary>The exact distance from an affine classifier's boundary.</summary>
public class LinearRadiusTests
{
    private static readonly ValueRange[] Rooms = [new(-0.2, 5), new(-5, 1), new(-0.5, 5)];

    [Theory]
    [InlineData("LInf", false, 1 / 3.0)]
    [InlineData("L1", false, 2 / 3.0)]
    [InlineData("L2", false, 0.534522483824849)]
    [InlineData("LInf", true, 1.4 / 3)]
    [InlineData("L1", true, 1.1)]
    [InlineData("L2", true, 0.670820393249937)]
    public void Compute_IsTheHandMadeOne(string norm, bool hasRanges, double radius)
    {
        using var scope = NewDisposeScope();
        var (weights, bias) = (tensor(new[] { 0.0, 0, 0, 3, -1, 2 }).view(2, 3), tensor(new[] { 0.0, 2 }));
        var threatModel = Balls.Of(norm, 1, ValueRange.Unbounded);
        if (hasRanges)
            threatModel = threatModel.WithRanges(Rooms);
        var rows = zeros([1, 3], ScalarType.Float64);
        Assert.Equal(radius, LinearRadius.Compute(weights, bias, rows, threatModel).item<double>(), 1e-12);
        // In units of twice, the radius is half; a value of the other sign is nearer to no boundary.
        var doubled = threatModel.WithBudgets(2, 2, 2);
        Assert.Equal(radius / 2, LinearRadius.Compute(weights, bias, rows, doubled).item<double>(), 1e-12);
        Assert.Equal(0, LinearRadius.Compute(weights, bias, rows, threatModel, tensor(new[] { 0L })).item<double>());
    }

    [Fact]
    public void Compute_WhereTheRangeKeepsTheClass_IsInfinite()
    {
        using var scope = NewDisposeScope();
        var (weights, bias) = (tensor(new[] { 0.0, 0, 0, 3, -1, 2 }).view(2, 3), tensor(new[] { 0.0, 2.7 }));
        var rows = zeros([1, 3], ScalarType.Float64);
        foreach (var norm in (string[])["LInf", "L2", "L1"])
        {
            // All the room gains 0.6 + 1 + 1 = 2.6.
            var threatModel = Balls.Of(norm, 1).WithRanges(Rooms);
            Assert.Equal(double.PositiveInfinity, LinearRadius.Compute(weights, bias, rows, threatModel).item<double>());
            var less = tensor(new[] { 0.0, 2.5 });
            Assert.True(double.IsFinite(LinearRadius.Compute(weights, less, rows, threatModel).item<double>()));
            Assert.Equal(double.PositiveInfinity,
                LinearRadius.Compute(weights, less, rows, threatModel.WithMask(true, false, true)).item<double>());
        }
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Compute_OfManyClasses_IsTheLeastChangeByBisection(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(30, 5);
        var parameters = network.parameters().ToArray();
        var rows = new RowRandom(7).Uniform(zeros([60, 30], ScalarType.Float64), -0.1, 1.1).clamp_(0, 1);
        foreach (var range in (ValueRange[])[ValueRange.Unit, ValueRange.Unbounded])
        {
            var radii = LinearRadius.Compute(parameters[0], parameters[1].squeeze(0), rows, Balls.Of(norm, 1, range))
                .data<double>().ToArray();
            var expected = network.LeastChange(rows, norm, range.Minimum, range.Maximum);
            for (var row = 0; row < 60; row++)
                Assert.Equal(expected[row], radii[row], 1e-9 * expected[row]);
        }
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Compute_IsWhereTheExactAttackBeginsToSucceed(string norm)
    {
        using var scope = NewDisposeScope();
        using var network = new AffineNetwork(6, 3);
        var parameters = network.parameters().ToArray();
        var rows = new RowRandom(8).Uniform(zeros([40, 6], ScalarType.Float64), -1, 1);
        var labels = network.call(rows).argmax(1).detach();
        var threatModel = Balls.Of(norm, 1).WithRanges([.. Enumerable.Range(0, 6).Select(i => new ValueRange(-1 - i, 1 + i))])
            .WithBudgets(1, 0, 2, 0.5, 1, 3);
        var radii = LinearRadius.Compute(parameters[0], parameters[1].squeeze(0), rows, threatModel).data<double>().ToArray();
        Assert.Contains(radii, double.IsFinite);
        for (var row = 0; row < 40; row++)
        {
            var (one, goal) = (rows.narrow(0, row, 1), AttackGoal.Untargeted(labels.narrow(0, row, 1)));
            var radius = double.IsFinite(radii[row]) ? radii[row] : 1e6;
            Assert.False(IsBroken(0.999 * radius));
            Assert.Equal(double.IsFinite(radii[row]), IsBroken(1.001 * radius));

            bool IsBroken(double epsilon)
            {
                using var result = new LinearMaximizationAttack(threatModel.WithEpsilon(epsilon)).Perturb(network, one, goal);
                return result.Success[0].item<bool>();
            }
        }
    }

    [Fact]
    public void Compute_WrongInput_IsNamed()
    {
        using var scope = NewDisposeScope();
        var (weights, bias, rows) = (zeros(2, 3), zeros(2), zeros(4, 3));
        var threatModel = ThreatModel.L2(1);
        Assert.Contains("Weights must be [K, 3]", Assert.Throws<ArgumentException>(
            () => LinearRadius.Compute(zeros(2, 4), bias, rows, threatModel)).Message);
        Assert.Contains("two classes or more", Assert.Throws<ArgumentException>(
            () => LinearRadius.Compute(zeros(1, 3), bias, rows, threatModel)).Message);
        Assert.Contains("The bias must be [2]", Assert.Throws<ArgumentException>(
            () => LinearRadius.Compute(weights, zeros(3), rows, threatModel)).Message);
        Assert.Contains("Inputs must lie in [0, 1]", Assert.Throws<ArgumentException>(
            () => LinearRadius.Compute(weights, bias, rows.add(2), threatModel)).Message);
        Assert.Contains("Labels must be Int64 [4]", Assert.Throws<ArgumentException>(
            () => LinearRadius.Compute(weights, bias, rows, threatModel, zeros(4))).Message);
        Assert.Contains("Labels go from 0 to 1", Assert.Throws<ArgumentException>(
            () => LinearRadius.Compute(weights, bias, rows, threatModel, full([4], 2, ScalarType.Int64))).Message);
    }
}

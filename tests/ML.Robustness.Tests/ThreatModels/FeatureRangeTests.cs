using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.ThreatModels;

/// <summary>Features with ranges of their own.</summary>
public class FeatureRangeTests
{
    private static readonly ValueRange[] Mixed =
    [
        new(-1, 0.3), new(2, 5), new(0, double.PositiveInfinity), new(double.NegativeInfinity, 0.5), ValueRange.Unbounded,
        new(1, 10),
    ];

    public static TheoryData<string> Norms => ["LInf", "L2", "L1"];

    [Fact]
    public void WithRanges_GoesWithBudgetsMaskAndRadiusInAnyOrder()
    {
        ValueRange[] ranges = [new(0, 1), new(-2, 10), ValueRange.Unbounded];
        ThreatModel[] made =
        [
            ThreatModel.L2(0.5).WithRanges(ranges).WithBudgets(1, 2, 3).WithMask(true, true, false),
            ThreatModel.L2(9).WithBudgets(1, 2, 0).WithRanges(ranges).WithEpsilon(0.5),
            ThreatModel.L2(0.5, new ValueRange(3, 4)).WithEpsilon(2).WithRanges([new(0, 1), new(-2, 10), new(0, 7)])
                .WithMask(true, true, false).WithRanges(ranges).WithBudgets(1, 2, 0).WithEpsilon(0.5),
        ];
        Assert.All(made, threatModel =>
        {
            Assert.Equal("L2 0.5 in [0, 1] × [-2, 10] × [-Infinity, Infinity], budgets [1, 2, 0]", threatModel.ExactText);
            Assert.Equal(threatModel.ExactText, threatModel.ToString());
            Assert.Equal(ranges, threatModel.Ranges);
            Assert.Equal(ValueRange.Unbounded, threatModel.Range);
        });
        Assert.Equal(new ValueRange(-2, 10), ThreatModel.LInf(1).WithRanges(new(0, 1), new(-2, 10)).Range);
        Assert.Null(ThreatModel.LInf(1).WithEpsilon(2).Ranges);
        Assert.Equal([new(0, 1)], ThreatModel.Unbounded().WithRanges(new ValueRange(0, 1)).WithEpsilon(1).Ranges!);
    }

    [Fact]
    public void Text_OfManyRanges_TellsThemApart()
    {
        var one = ThreatModel.L2(1).WithRanges([.. Enumerable.Repeat(ValueRange.Unit, 784)]);
        var other = ThreatModel.L2(1).WithRanges([.. Enumerable.Repeat(ValueRange.Unit, 783), new ValueRange(0, 2)]);
        Assert.Contains("in ranges of 784 features, #", one.ExactText);
        Assert.True(one.ExactText.Length < 80);
        Assert.NotEqual(one.ExactText, other.ExactText);
        Assert.NotEqual(
            SettingsFingerprint.Of(new FastGradientMethod(one)) + one.ExactText,
            SettingsFingerprint.Of(new FastGradientMethod(other)) + other.ExactText);
        Assert.Contains("share one threat model", Assert.Throws<ArgumentException>(
            () => new AttackSuite(new FastGradientMethod(one), new FastGradientMethod(other))).Message);
    }

    [Fact]
    public void WrongRanges_AreNamed()
    {
        var threatModel = ThreatModel.LInf(1);
        Assert.Contains("There are no ranges", Assert.Throws<ArgumentException>(() => threatModel.WithRanges()).Message);
        Assert.Contains("feature 1 has [0, 0]",
            Assert.Throws<ArgumentException>(() => threatModel.WithRanges(ValueRange.Unit, default)).Message);
        var two = threatModel.WithRanges(ValueRange.Unit, ValueRange.Unit);
        Assert.Contains("ranges for 2 features but budgets for 3",
            Assert.Throws<ArgumentException>(() => two.WithBudgets(1, 1, 1)).Message);
        Assert.Contains("ranges for 2 features but budgets for 1",
            Assert.Throws<ArgumentException>(
                () => threatModel.WithBudgets(1).WithRanges(ValueRange.Unit, ValueRange.Unit)).Message);
        Assert.Contains("ranges for 2 features but budgets for 3",
            Assert.Throws<ArgumentException>(() => two.WithMask(true, true, false)).Message);
        using var network = new MultilayerPerceptron(InputShape.Vector(3), 2);
        using var rows = rand(2, 3);
        using var labels = tensor(new[] { 0L, 1 });
        Assert.Equal(
            "The threat model has ranges for 2 features, but a row of shape [3] has 3. Give ThreatModel.WithRanges one range for "
            + "each.",
            Assert.Throws<ArgumentException>(
                () => new FastGradientMethod(two).Perturb(network, rows, AttackGoal.Untargeted(labels))).Message);
    }

    [Fact]
    public void ValueOutsideItsRange_IsRefused_AndTheFeatureNamed()
    {
        using var scope = NewDisposeScope();
        var attack = new FastGradientMethod(ThreatModel.LInf(0.1).WithRanges(new(0, 1), new(0, 20), new(-5, 0)));
        using var network = new MultilayerPerceptron(InputShape.Vector(3), 2);
        // 15 is in the hull of all, but not in the third feature's range.
        var rows = tensor(new[] { 1f, 20, -5, 0, 15, 15 }).view(2, 3);
        var labels = tensor(new[] { 0L, 1 });
        var error = Assert.Throws<ArgumentException>(
            () => attack.Perturb(network, rows, AttackGoal.Untargeted(labels)));
        Assert.StartsWith(
            "Each input must lie in the range of its feature, but row 1 of the batch has 15 at feature 2, whose range is "
                + "[-5, 0].",
            error.Message);
        using var data = LabeledDataset.FromTensors(rows.clone(), labels.clone(), InputShape.Vector(3), 2);
        var refused = Assert.Throws<ArgumentException>(() => new AttackSuite(attack).Run(network, data));
        Assert.StartsWith(
            "Row 1 of the evaluation set has 15 at position 2, outside the threat model's range [-5, 0] of that feature.",
            refused.Message);
        using var inside = rows.narrow(0, 0, 1);
        attack.Perturb(network, inside, AttackGoal.Untargeted(labels.narrow(0, 0, 1))).Dispose();
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void Project_IsTheNearestPoint_AsFoundByBisection(string norm)
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(3);
        var origins = Inside(random, 40);
        var candidates = random.Derive(1).Normal(origins).mul(2).add(origins);
        foreach (var epsilon in (double[])[0.3, 2, 50])
        {
            var threatModel = Balls.Of(norm, epsilon).WithRanges(Mixed);
            var projected = threatModel.Project(candidates, origins);
            for (var row = 0; row < 40; row++)
            {
                var (start, end) = (Row(origins, row), Row(candidates, row));
                var length = Math.Sqrt(end.Zip(start, (a, b) => (a - b) * (a - b)).Sum());
                double[] expected = norm switch
                {
                    "LInf" => [.. end.Select((value, i) => Cut(Math.Clamp(value, start[i] - epsilon, start[i] + epsilon), i))],
                    // First onto the ball, then onto the range.
                    "L2" => [.. end.Select((value, i) => Cut(start[i] + (value - start[i]) * Math.Min(1, epsilon / length), i))],
                    _ => Nearest(end, start, epsilon),
                };
                var found = Row(projected, row);
                for (var i = 0; i < expected.Length; i++)
                    Assert.Equal(expected[i], found[i], 1e-9);
            }
        }

        double Cut(double value, int i) => Math.Clamp(value, Mixed[i].Minimum, Mixed[i].Maximum);

        static double[] Nearest(double[] candidate, double[] origin, double epsilon)
        {
            double[] At(double threshold) => [.. candidate.Select((value, i) =>
            {
                var change = value - origin[i];
                var room = change > 0 ? Mixed[i].Maximum - origin[i] : origin[i] - Mixed[i].Minimum;
                return Math.Sign(change) * Math.Min(Math.Max(Math.Abs(change) - threshold, 0), room);
            })];

            var (low, high) = (0.0, 100.0);
            for (var i = 0; i < 200 && At(0).Sum(Math.Abs) > epsilon; i++)
            {
                var middle = (low + high) / 2;
                (low, high) = At(middle).Sum(Math.Abs) > epsilon ? (middle, high) : (low, middle);
            }
            return [.. At(low).Zip(origin, (change, start) => start + change)];
        }
    }

    [Fact]
    public void Unbounded_DrawsFromEachRange_AndMeasuresTheirDiagonal()
    {
        using var scope = NewDisposeScope();
        var threatModel = ThreatModel.Unbounded().WithRanges(new(0, 4), new(10, 16), ValueRange.Unbounded);
        var origins = tensor(new[] { 4.0, 12, 100 }).expand(2000, 3).contiguous();
        var starts = threatModel.RandomStart(origins, new RowRandom(1));
        Assert.Equal(2, starts.select(1, 0).mean().item<double>(), 0.1);
        Assert.Equal(16.0 / 12, starts.select(1, 0).var().item<double>(), 0.1);
        Assert.Equal(13, starts.select(1, 1).mean().item<double>(), 0.15);
        Assert.Equal(36.0 / 12, starts.select(1, 1).var().item<double>(), 0.2);
        // A feature without bounds moves normally.
        Assert.Equal(100, starts.select(1, 2).mean().item<double>(), 0.1);
        Assert.Equal(1, starts.select(1, 2).var().item<double>(), 0.1);
        Assert.Contains("[0, 4] × [10, 16] × [-Infinity, Infinity]",
            Assert.Throws<InvalidOperationException>(() => threatModel.Reach(origins)).Message);
        Assert.Equal(Math.Sqrt(4 + 9), threatModel.WithMask(true, true, false).Reach(origins), 1e-12);
        Assert.Equal(Math.Sqrt(1 + 9), threatModel.WithBudgets(2, 1, 0).Reach(origins), 1e-12);
    }

    private static Tensor Inside(RowRandom random, int rows, ScalarType type = ScalarType.Float64)
    {
        double[] least = [-1, 2, 0, -2, -3, 1], width = [1.3, 3, 4, 2.5, 6, 9];
        var shares = random.Uniform(zeros([rows, 6], type), -0.2, 1.2).clamp_(0, 1);
        return shares.mul_(tensor(width).to(type)).add_(tensor(least).to(type));
    }

    private static double[] Row(Tensor rows, int row) => rows[row].contiguous().data<double>().ToArray();
}

using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.FeatureAnalysis;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureAnalysis;

public sealed class LinearFeaturesTests
{
    /// <summary>Eight rows x = y·m + s·d with m = (3, 1, 0), s = ±1 in the first two values each: covariance and correlations are
    /// known.</summary>
    [Fact]
    public void Analyze_KnownCovariance_GivesItsVectorsAndTheClosedForm()
    {
        using var data = Known();
        var found = LinearFeatures.Analyze(data, ThreatModel.LInf(0.25), positiveClass: 1);
        // Σ = diag(9, 1, 0) + off-diagonal m₁m₂ + diag(1, 4, 0) = [[10, 3], [3, 5]], E[yx] = (3, 1, 0); the third value never
        // varies.
        var root = Math.Sqrt(2.5 * 2.5 + 9);
        Assert.Equal(8, found.Rows);
        Assert.Equal(2, found.Principal.Count);
        for (var i = 0; i < 2; i++)
        {
            var variance = i == 0 ? 7.5 + root : 7.5 - root;
            double[] vector = [3, variance - 10, 0];
            var norm = Math.Sqrt(vector.Sum(value => value * value));
            var usefulness = Math.Abs(3 * 3 + (variance - 10)) / norm / Math.Sqrt(variance);
            Assert.Equal(Math.Sqrt(variance), found.Principal[i].Deviation, 1e-6);
            Assert.Equal(usefulness, found.Principal[i].Usefulness, 1e-6);
            Assert.Equal(usefulness - 0.25 * vector.Sum(Math.Abs) / norm / Math.Sqrt(variance),
                found.Principal[i].RobustUsefulness, 1e-6);
            var direction = found.Direction(i);
            Assert.Equal(1, direction.Sum(value => value * value), 1e-9);
            Assert.True(direction[0] * 3 + direction[1] > 0);
        }
        // Squares of usefulness along all vectors add up to what linear regression explains: E[yx]ᵀ Σ⁻¹ E[yx].
        Assert.Equal((5 * 9 - 2 * 3 * 3 + 10) / 41.0, found.Principal.Sum(feature => feature.Usefulness * feature.Usefulness),
            1e-6);
    }

    [Theory]
    [InlineData("LInf", 3.5)]
    [InlineData("L2", 2.6925824035672519)]
    [InlineData("L1", 2.5)]
    public void Measure_TakesTheDualNorm(string norm, double dual)
    {
        using var data = Known();
        var threatModel = norm switch { "LInf" => ThreatModel.LInf(0.1), "L2" => ThreatModel.L2(0.1), _ => ThreatModel.L1(0.1) };
        var feature = LinearFeatures.Analyze(data, threatModel, 1).Measure([2.5, -1, 0]);
        var deviation = Math.Sqrt(6.25 * 10 - 2 * 2.5 * 3 + 5);
        Assert.Equal(6.5 / deviation, feature.Usefulness, 1e-6);
        Assert.Equal((6.5 - 0.1 * dual) / deviation, feature.RobustUsefulness, 1e-6);
    }

    [Fact]
    public void Measure_CountsBudgets()
    {
        using var data = Known();
        var feature = LinearFeatures.Analyze(data, ThreatModel.LInf(0.1).WithBudgets(2, 1, 3), 1).Measure([2.5, -1, 0]);
        Assert.Equal(0.1 * (2 * 2.5 + 1) / Math.Sqrt(52.5), feature.Usefulness - feature.RobustUsefulness, 1e-6);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void RobustUsefulness_EqualsWhatAnAttackLeaves(string norm)
    {
        using var scope = NewDisposeScope();
        using var data = Known();
        var threatModel = norm switch
        {
            "LInf" => ThreatModel.LInf(0.3, ValueRange.Unbounded),
            "L2" => ThreatModel.L2(0.3, ValueRange.Unbounded),
            _ => ThreatModel.L1(0.3, ValueRange.Unbounded),
        };
        var found = LinearFeatures.Analyze(data, threatModel, 1);
        for (var i = 0; i < found.Principal.Count; i++)
        {
            // Logits ∓f(x)/2, whose margin for label y is y·f(x); the rows' mean is zero.
            var weights = tensor(found.Direction(i)).div(found.Principal[i].Deviation);
            using var network = new FunctionNetwork(
                input => stack([input.mul(weights).sum(1).mul(-0.5), input.mul(weights).sum(1).mul(0.5)], 1));
            using var batch = data.Batches(8, null).Single();
            using var attacked = new ProjectedGradientDescent(threatModel) { Steps = 40, RandomStart = false }.Perturb(network,
                batch.Inputs.to(ScalarType.Float64), AttackGoal.Untargeted(batch.Labels), new RowRandom(1));
            var margins = attacked.Inputs.mul(weights).sum(1).mul(batch.Labels.to(ScalarType.Float64).mul(2).sub(1));
            Assert.Equal(margins.mean().item<double>(), found.Principal[i].RobustUsefulness, 1e-6);
        }
    }

    [Fact]
    public void Analyze_AClassPair_LeavesTheOthersOut()
    {
        using var scope = NewDisposeScope();
        var rows = new float[] { 1, 0, 3, 0, 50, 9, 5, 2, 7, 2 };
        using var all = LabeledDataset.FromTensors(tensor(rows, [5, 2]).DetachFromDisposeScope(),
            tensor(new long[] { 2, 2, 1, 0, 0 }).DetachFromDisposeScope(), InputShape.Vector(2), 3);
        using var pair = LabeledDataset.FromTensors(
            tensor(new float[] { 1, 0, 3, 0, 5, 2, 7, 2 }, [4, 2]).DetachFromDisposeScope(),
            tensor(new long[] { 0, 0, 1, 1 }).DetachFromDisposeScope(), InputShape.Vector(2), 2);
        var (one, other) = (LinearFeatures.Analyze(all, ThreatModel.L2(0.1), 0, 2),
            LinearFeatures.Analyze(pair, ThreatModel.L2(0.1), 1));
        Assert.Equal(other.Principal, one.Principal);
        Assert.Equal($"{other}", $"{one}");
        Assert.Contains("2 features of 4 rows, 2 of them robust under", $"{one}");
    }

    [Fact]
    public void Analyze_LeavesNoTensors()
    {
        using var data = Known();
        LiveTensors.AssertNoneLeft(() => LinearFeatures.Analyze(data, ThreatModel.L2(0.1), 0));
    }

    [Fact]
    public void WhatCannotBe_Throws()
    {
        using var data = Known();
        var threat = ThreatModel.L2(0.1);
        Assert.Contains("Classes go from 0 to 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => LinearFeatures.Analyze(data, threat, 2)).Message);
        Assert.Contains("Classes go from 0 to 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => LinearFeatures.Analyze(data, threat, 0, -1)).Message);
        Assert.Contains("Both classes are the same",
            Assert.Throws<ArgumentOutOfRangeException>(() => LinearFeatures.Analyze(data, threat, 1, 1)).Message);
        Assert.Contains("known for LInf, L2 and L1, not for Unbounded",
            Assert.Throws<ArgumentException>(() => LinearFeatures.Analyze(data, ThreatModel.Unbounded(), 1)).Message);
        using var one = LabeledDataset.FromTensors(ones(3, 2), zeros([3], ScalarType.Int64), InputShape.Vector(2), 3);
        Assert.Contains("Class 1 has no rows",
            Assert.Throws<ArgumentException>(() => LinearFeatures.Analyze(one, threat, 1)).Message);
        Assert.Contains("The classes other than 0 have no rows",
            Assert.Throws<ArgumentException>(() => LinearFeatures.Analyze(one, threat, 0)).Message);
        Assert.Contains("Class 2 has no rows",
            Assert.Throws<ArgumentException>(() => LinearFeatures.Analyze(one, threat, 0, 2)).Message);
        var found = LinearFeatures.Analyze(data, threat, 1);
        Assert.Contains("has 2 values but the rows have 3",
            Assert.Throws<ArgumentException>(() => found.Measure([1, 2])).Message);
        Assert.Contains("Nothing varies", Assert.Throws<ArgumentException>(() => found.Measure([0, 0, 1])).Message);
        Assert.Contains("Nothing varies", Assert.Throws<ArgumentException>(() => found.Measure([0, 0, 0])).Message);
    }

    private static LabeledDataset Known()
    {
        using var scope = NewDisposeScope();
        var (values, labels) = (new List<float>(), new List<long>());
        foreach (var side in new[] { -1, 1 })
        {
            foreach (var one in new[] { -1, 1 })
            {
                foreach (var other in new[] { -2, 2 })
                {
                    values.AddRange([3 * side + one, side + other, 0]);
                    labels.Add((side + 1) / 2);
                }
            }
        }
        return LabeledDataset.FromTensors(tensor(values.ToArray(), [8, 3]).MoveToOuterDisposeScope(),
            tensor(labels.ToArray()).MoveToOuterDisposeScope(), InputShape.Vector(3), 2);
    }
}

using ML.Robustness.Data;
using ML.Robustness.FeatureAnalysis;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.AttackSuites;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureAnalysis;

/// <summary>Data of which it is known what the robust feature tells: value 0 is the robust one, value 1 is not among the
/// network's features.</summary>
public sealed class RobustFeatureLeakageTests
{
    private static readonly FunctionNetwork FirstValue = new(input => input.flatten(1).narrow(1, 0, 1));

    [Fact]
    public void Measure_LabelsThatFollowTheFeature_LeakThroughIt()
    {
        using var originals = Rows(200, row => row % 2, row => row % 2, seed: 1);
        // New labels follow the robust value: all is explained.
        using var robust = Rows(200, row => row % 2, row => row % 2, seed: 2);
        var all = RobustFeatureLeakage.Measure(FirstValue, FeatureSource.Outputs, robust, originals);
        Assert.Equal((1, 1, 0.5, 1), (all.Accuracy, all.TrainingAccuracy, all.Chance, all.Features));
        // Labels shifted as in D_det, the robust value of the old class: it points to the wrong one throughout.
        using var shifted = Rows(200, row => (row + 1) % 2, row => row % 2, seed: 3);
        Assert.Equal(0, RobustFeatureLeakage.Measure(FirstValue, FeatureSource.Outputs, shifted, originals).Accuracy);
        // Labels that only the other value follows: the robust one does not tell them.
        using var other = Rows(200, row => row % 2, row => row / 2 % 2, seed: 4);
        Assert.Equal(0.5, RobustFeatureLeakage.Measure(FirstValue, FeatureSource.Outputs, other, originals).TrainingAccuracy,
            0.1);
        Assert.Equal("1 robust features explain 100.0 % of the original rows (chance 50.0 %; 100.0 % of the feature data set's)",
            $"{all}");
    }

    [Fact]
    public void Measure_PenultimateFeatures_AreThoseOfTheNetwork()
    {
        using var problem = new AttackSuiteTestCase(300);
        problem.Network.train();
        var leakage = RobustFeatureLeakage.Measure(problem.Network, FeatureSource.Penultimate, problem.Data, problem.Data);
        Assert.Equal(24, leakage.Features);
        Assert.Equal(leakage.Accuracy, leakage.TrainingAccuracy);
        // The network itself is linear in them and right on six of seven rows.
        Assert.InRange(leakage.Accuracy, 0.7, 1);
        Assert.True(problem.Network.training);
        Assert.All(problem.Network.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void RidgeClassifier_SmallPenalty_IsLeastSquares()
    {
        using var scope = NewDisposeScope();
        // y = class 1 for x > 0: regression of the one-hot on x = −2, −1, 1, 2 has slopes ∓3/10 and both means ½.
        var features = tensor(new[] { -2.0, -1, 1, 2 }).view(4, 1);
        var classifier = RidgeClassifier.Fit([(features.clone(), tensor(new long[] { 0, 0, 1, 1 }))], 2, 1e-12);
        Assert.Equal([0, 0, 1, 1], classifier.Predict(features).data<long>().ToArray());
        var constant = RidgeClassifier.Fit([(zeros([3, 2], ScalarType.Float64), tensor(new long[] { 2, 1, 2 }))], 3, 1e-3);
        Assert.Equal([2], constant.Predict(zeros([1, 2], ScalarType.Float64)).data<long>().ToArray());
    }

    [Fact]
    public void Measure_LeavesNoTensors()
    {
        using var problem = new AttackSuiteTestCase(60);
        LiveTensors.AssertNoneLeft(
            () => RobustFeatureLeakage.Measure(problem.Network, FeatureSource.Penultimate, problem.Data, problem.Data));
    }

    [Fact]
    public void Measure_WhatCannotBe_Throws()
    {
        using var problem = new AttackSuiteTestCase(20);
        using var two = Rows(20, row => row % 2, row => row % 2, seed: 1);
        Assert.Contains("finite number above zero",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => RobustFeatureLeakage.Measure(FirstValue, FeatureSource.Outputs, two, two, penalty: 0)).Message);
        Assert.Contains("has 3 classes but the original ones 2",
            Assert.Throws<ArgumentException>(
                () => RobustFeatureLeakage.Measure(FirstValue, FeatureSource.Outputs, problem.Data, two)).Message);
        Assert.Contains("cannot be read",
            Assert.Throws<ArgumentException>(
                () => RobustFeatureLeakage.Measure(FirstValue, FeatureSource.Penultimate, two, two)).Message);
        using var wide = new FunctionNetwork(input => ones([input.shape[0], 5000]));
        Assert.Contains("has 5000 features: expected 4096 at most",
            Assert.Throws<ArgumentException>(() => RobustFeatureLeakage.Measure(wide, FeatureSource.Outputs, two, two)).Message);
    }

    private static LabeledDataset Rows(int count, Func<int, int> label, Func<int, int> feature, ulong seed)
    {
        using var scope = NewDisposeScope();
        var values = new RowRandom(seed).Uniform(zeros(count, 2), 0, 0.3).data<float>().ToArray();
        for (var row = 0; row < count; row++)
        {
            values[2 * row] += 0.5f * feature(row);
            values[2 * row + 1] += 0.5f * label(row);
        }
        return LabeledDataset.FromTensors(
            tensor(values, [count, 2]).MoveToOuterDisposeScope(),
            tensor(Enumerable.Range(0, count).Select(row => (long)label(row)).ToArray()).MoveToOuterDisposeScope(),
            InputShape.Vector(2), 2);
    }
}

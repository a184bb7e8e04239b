using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.FeatureDatasets;

public class FeatureMatchingTests
{
    [Fact]
    public void Construct_FeaturesThatAreTheInputs_BecomesTheRowItself()
    {
        using var scope = NewDisposeScope();
        using var network = new MultilayerPerceptron(FeatureDatasetTestCase.Shape, FeatureDatasetTestCase.Classes);
        network.to(ScalarType.Float64);
        using var made = new FeatureMatching(new InitialRows(FeatureDatasetTestCase.Inputs)).CreateRows(network,
            FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        AssertClose(FeatureDatasetTestCase.Values(FeatureDatasetTestCase.Inputs), FeatureDatasetTestCase.Values(made.Inputs),
            1e-12);
        Assert.All(FeatureDatasetTestCase.Values(made.FeatureDistances!), distance => Assert.InRange(distance, 0, 1e-12));
        Assert.Equal(FeatureDatasetTestCase.Numbers(FeatureDatasetTestCase.Labels), FeatureDatasetTestCase.Numbers(made.Labels));
    }

    [Fact]
    public void Construct_LinearFeatures_ReachTheNearestPointOfTheStart_WithTheRowsFeatures()
    {
        using var scope = NewDisposeScope();
        // Orthogonal rows, so that the pseudo-inverse is by hand: x' = s + Σ a (a·x − a·s) / ‖a‖².
        double[][] map = [[2, 0, 0, 0, 0, 0], [0, 0, -1.5, 0, 0, 0], [0, 0, 0, 0, 1.5, 1]];
        using var network = Linear(map);
        var range = new ValueRange(-50, 50);
        var inputs = new RowRandom(7).Normal(zeros([5, 6], ScalarType.Float64));
        var others = new RowRandom(8).Normal(zeros([9, 6], ScalarType.Float64));
        using var made = new FeatureMatching(
            new InitialRows(others, [.. Enumerable.Range(100, 9).Select(number => (long)number)]), range).CreateRows(network,
            inputs, zeros([5], ScalarType.Int64));
        for (var row = 0; row < 5; row++)
        {
            var (own, start) = (FeatureDatasetTestCase.Values(inputs[row]),
                FeatureDatasetTestCase.Values(others[made.InitialRows![row] - 100]));
            var expected = (double[])start.Clone();
            foreach (var direction in map)
            {
                var share = direction.Select((weight, i) => weight * (own[i] - start[i]))
                    .Sum() / direction.Sum(weight => weight * weight);
                for (var i = 0; i < expected.Length; i++)
                    expected[i] += share * direction[i];
            }
            AssertClose(expected, FeatureDatasetTestCase.Values(made.Inputs[row]), 1e-9);
        }
    }

    [Fact]
    public void Construct_FarAway_TakesStepsOfTheirSize_AlongTheGradient()
    {
        using var scope = NewDisposeScope();
        using var network = Linear([[1, 0, 0], [0, 1, 0]]);
        var inputs = tensor(new[] { 0.0, 0.0, 0.0 }).view(1, 3);
        var starts = new InitialRows(tensor(new[] { 3.0, 4.0, 9.0, 3.0, 4.0, 9.0 }).view(2, 3), [5, 6]);
        var matching = new FeatureMatching(starts, new ValueRange(0, 10)) { Steps = 3, StepSize = 0.5 };
        using var made = matching.CreateRows(network, inputs, zeros([1], ScalarType.Int64));
        // Towards the features (0, 0) from (3, 4): three halves of the direction (0.6, 0.8).
        AssertClose([3 - 1.5 * 0.6, 4 - 1.5 * 0.8, 9], FeatureDatasetTestCase.Values(made.Inputs), 1e-12);
    }

    [Fact]
    public void Construct_FeatureDistances_AreSharesOfTheRowsOwn()
    {
        using var scope = NewDisposeScope();
        var network = FeatureDatasetTestCase.Network();
        using var made = FeatureDatasetTestCase.Create("D_R")
            .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
        var model = FeatureExtractor.Of(network);
        var (own, found) = (model.Extract(FeatureDatasetTestCase.Inputs).Values, model.Extract(made.Inputs).Values);
        var expected = found.sub(own).square().sum(1).sqrt().div(own.square().sum(1).sqrt());
        AssertClose(FeatureDatasetTestCase.Values(expected), FeatureDatasetTestCase.Values(made.FeatureDistances!), 1e-12);
        Assert.All(FeatureDatasetTestCase.Values(made.FeatureDistances!), distance => Assert.InRange(distance, 0, 0.5));
    }

    [Fact]
    public void Construct_MoreSteps_MatchNoWorse()
    {
        using var scope = NewDisposeScope();
        var network = FeatureDatasetTestCase.Network();
        double Mean(int steps)
        {
            using var made = new FeatureMatching(new InitialRows(FeatureDatasetTestCase.Inputs)) { Steps = steps }.CreateRows(
                network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels);
            return FeatureDatasetTestCase.Values(made.FeatureDistances!).Average();
        }
        Assert.True(Mean(5) > Mean(20) && Mean(20) > Mean(100) && Mean(100) < 1e-3);
    }

    [Fact]
    public void Construct_NetworkThatHidesItsFeatures_SaysWhatIsExpected()
    {
        using var scope = NewDisposeScope();
        using var hidden = Sequential(Flatten(), torch.nn.Linear(FeatureDatasetTestCase.Length, FeatureDatasetTestCase.Classes),
            ReLU());
        var error = Assert.Throws<ArgumentException>(
            () => FeatureDatasetTestCase.Create("D_R")
            .CreateRows(hidden, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels));
        Assert.Contains("cannot be read: expected an IFeatureModel", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_FeaturesWithoutGradient_AreAnErrorAndNoAbort()
    {
        using var scope = NewDisposeScope();
        using var network = Sequential(("stop", new FunctionNetwork(input => input.flatten(1).detach())),
            ("end", torch.nn.Linear(FeatureDatasetTestCase.Length, 3, dtype: ScalarType.Float64)));
        var error = Assert.Throws<InvalidOperationException>(
            () => FeatureDatasetTestCase.Create("D_R")
            .CreateRows(network, FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels));
        Assert.Contains("features have no gradient", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_StartsOfAnotherShape_AreAnError()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(
            () => new FeatureMatching(new InitialRows(zeros([2, 21], ScalarType.Float64))).CreateRows(
                FeatureDatasetTestCase.Network(), FeatureDatasetTestCase.Inputs, FeatureDatasetTestCase.Labels));
        Assert.Contains("must be rows of the same kind", error.Message, StringComparison.Ordinal);
    }

    private static Module<Tensor, Tensor> Linear(double[][] map)
    {
        var network = Sequential(
            ("features", torch.nn.Linear(map[0].Length, map.Length, hasBias: false, dtype: ScalarType.Float64)),
            ("classes", torch.nn.Linear(map.Length, 2, dtype: ScalarType.Float64)));
        using var quiet = no_grad();
        network.parameters().First().copy_(tensor(map.SelectMany(row => row).ToArray()).view(map.Length, map[0].Length));
        return network;
    }

    private static void AssertClose(double[] expected, double[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], tolerance);
    }
}

using ML.Robustness.Numerics;
using ML.Robustness.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Training;

public class OptimizerTests
{
    private static readonly float[][] Rows = [[0.2f, 0.9f], [0.7f, 0.1f]];
    private static readonly long[] Labels = [0, 1];

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.9, 0.01, false)]
    [InlineData(0.9, 0.01, true)]
    public void Sgd_ThreeStepsOfALinearNetwork_FollowTheFormula(double momentum, double weightDecay, bool nesterov)
    {
        const double Rate = 0.5;
        using var network = Train(
            new SgdOptions { LearningRate = Rate, Momentum = momentum, WeightDecay = weightDecay, Nesterov = nesterov }, 3);
        var weights = new[] { 1.0, -1, 0.5, 2, 0, 0 }; // two rows of weights, then the biases
        double[]? velocity = null;
        for (var step = 0; step < 3; step++)
        {
            var gradient = Gradient(weights).Select((value, i) => value + weightDecay * weights[i]).ToArray();
            velocity = velocity is null ? gradient : [.. velocity.Select((value, i) => momentum * value + gradient[i])];
            weights = [
                .. weights.Select(
                    (value,
                        i) =>
                            value - Rate
                                * (nesterov ? gradient[i] + momentum * velocity[i] : momentum == 0 ? gradient[i] : velocity[i]))];
        }

        AssertWeights(weights, network);
    }

    [Fact]
    public void AdamW_ThreeStepsOfALinearNetwork_FollowTheFormula()
    {
        const double Rate = 0.1, Decay = 0.02, Beta1 = 0.8, Beta2 = 0.95;
        using var network = Train(new AdamWOptions { LearningRate = Rate, WeightDecay = Decay, Beta1 = Beta1, Beta2 = Beta2 }, 3);
        var weights = new[] { 1.0, -1, 0.5, 2, 0, 0 };
        var (mean, square) = (new double[6], new double[6]);
        for (var step = 1; step <= 3; step++)
        {
            var gradient = Gradient(weights);
            for (var i = 0; i < 6; i++)
            {
                mean[i] = Beta1 * mean[i] + (1 - Beta1) * gradient[i];
                square[i] = Beta2 * square[i] + (1 - Beta2) * gradient[i] * gradient[i];
                weights[i] -= Rate * Decay * weights[i];
                weights[i] -= Rate
                    * mean[i] / (1 - Math.Pow(Beta1, step)) / (Math.Sqrt(square[i] / (1 - Math.Pow(Beta2, step))) + 1e-8);
            }
        }

        AssertWeights(weights, network);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.9, 0.01, false)]
    [InlineData(0.9, 0.01, true)]
    public void Sgd_MovesWeights_ToTheBitsOfTorchSharp(double momentum, double weightDecay, bool nesterov) =>
        AssertEqualSteps(
            parameters => new SgdOptions
            {
                Momentum = momentum,
                WeightDecay = weightDecay,
                Nesterov = nesterov
            }.Create(parameters),
            parameters => optim.SGD(parameters, 0.1, momentum, 0, weightDecay, nesterov));

    [Fact]
    public void AdamW_MovesWeights_ToTheBitsOfTorchSharp() => AssertEqualSteps(
        parameters => new AdamWOptions { WeightDecay = 0.02, Beta1 = 0.8, Beta2 = 0.95 }.Create(parameters),
        parameters => optim.AdamW(parameters, 0.1, 0.8, 0.95, 1e-8, 0.02));

    [Fact]
    public void Schedule_ScalesTheStepOfEachIteration()
    {
        using var network = Train(new SgdOptions { LearningRate = 0.5, Momentum = 0, WeightDecay = 0 }, 3,
            LearningRateSchedule.OneCycle());
        var weights = new[] { 1.0, -1, 0.5, 2, 0, 0 };
        foreach (var factor in new[] { 1.0 / 3, 1, 1.0 / 3 })
        {
            var gradient = Gradient(weights);
            weights = [.. weights.Select((value, i) => value - 0.5 * factor * gradient[i])];
        }

        AssertWeights(weights, network);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void LearningRate_NotAboveZero_Throws(double rate)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new SgdOptions { LearningRate = rate });
        Assert.StartsWith("LearningRate must be a finite number above zero. (Parameter 'LearningRate')", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamWOptions { LearningRate = rate });
    }

    [Fact]
    public void Shares_OutOfBounds_Throw()
    {
        Assert.StartsWith("Momentum must be from 0 to below 1. (Parameter 'Momentum')",
            Assert.Throws<ArgumentOutOfRangeException>(() => new SgdOptions { Momentum = 1 }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SgdOptions { WeightDecay = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamWOptions { Beta1 = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamWOptions { Beta2 = double.NaN });
    }

    // Ten steps of other rates and gradients; the second parameter gets none before the fourth.
    private static void AssertEqualSteps(Func<Parameter[], OptimizerHelper> ours, Func<Parameter[], OptimizerHelper> theirs)
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(3);
        var start = random.Normal(empty([2, 3, 5], ScalarType.Float32));
        Parameter[] Weights() => [new Parameter(start[0].clone()), new Parameter(start[1].clone())];
        var (found, expected) = (Weights(), Weights());
        using var our = ours(found);
        using var their = theirs(expected);
        for (var step = 0; step < 10; step++)
        {
            var gradient = random.Derive((ulong)step + 1).Normal(start);
            foreach (var (optimizer, weights) in new[] { (our, found), (their, expected) })
            {
                weights[0].grad = gradient[0].clone();
                weights[1].grad = step < 4 ? null : gradient[1].clone();
                foreach (var group in optimizer.ParamGroups) group.LearningRate = 0.3 / (step + 1);
                optimizer.step();
            }
            Assert.Equal(Numbers(expected), Numbers(found));
        }
        static float[] Numbers(Parameter[] weights) => [.. weights.SelectMany(value => value.detach().data<float>().ToArray())];
    }

    private static Sequential Train(TrainingOptimizerOptions optimizer, int epochs, LearningRateSchedule? schedule = null)
    {
        var network = TrainingFixtures.LinearNetwork([[1, -1], [0.5f, 2]]);
        using var data = TrainingFixtures.Vectors(Rows, Labels);
        new RobustTrainer
        {
            Optimizer = optimizer,
            Schedule = schedule ?? LearningRateSchedule.Constant,
            Epochs = epochs,
            BatchSize = 2
        }.Train(network, data);
        return network;
    }

    // The mean over the rows of (softmax − one-hot) times the inputs, and the same without the inputs for the biases.
    private static double[] Gradient(double[] weights)
    {
        var gradient = new double[6];
        for (var row = 0; row < 2; row++)
        {
            var logits = Enumerable.Range(0, 2)
                .Select(k => weights[2 * k] * Rows[row][0] + weights[2 * k + 1] * Rows[row][1] + weights[4 + k]).ToArray();
            for (var k = 0; k < 2; k++)
            {
                var error = (Math.Exp(logits[k]) / logits.Sum(Math.Exp) - (Labels[row] == k ? 1 : 0)) / 2;
                gradient[2 * k] += error * Rows[row][0];
                gradient[2 * k + 1] += error * Rows[row][1];
                gradient[4 + k] += error;
            }
        }

        return gradient;
    }

    private static void AssertWeights(double[] expected, Sequential network)
    {
        using var scope = NewDisposeScope();
        var found = network.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray()).ToArray();
        for (var i = 0; i < 6; i++) Assert.Equal(expected[i], found[i], 5);
    }
}

using ML.Robustness.Training;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Training;

public class WeightTests
{
    [Fact]
    public void Average_IsTheHandComputedMovingAverage()
    {
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        using var average = ModelState.Capture(network);
        var settings = new WeightAverage { Decay = 0.75 };
        var expected = 1.0; // of the first weight
        for (var iteration = 0; iteration < 40; iteration++)
        {
            using (no_grad()) network.get_parameter("layer.weight")!.add_(1);
            average.Average(network, settings.At(iteration));
            var decay = Math.Min(0.75, (1.0 + iteration) / (10 + iteration));
            expected = decay * expected + (1 - decay) * (2 + iteration);
        }

        average.CopyTo(network);
        using var scope = NewDisposeScope();
        var weights = network.get_parameter("layer.weight")!.cpu().data<float>().ToArray();
        Assert.Equal(expected, weights[0], 4);
        Assert.Equal(expected + 3, weights[3], 4);
    }

    [Fact]
    public void Average_TakesBuffersAsTheyAre()
    {
        using var network = TrainingFixtures.ConvolutionalNetwork();
        using var average = ModelState.Capture(network);
        using (no_grad()) network.get_buffer("norm.running_mean")!.fill_(5);
        average.Average(network, 0.9);
        average.CopyTo(network);
        using var scope = NewDisposeScope();
        Assert.All(network.get_buffer("norm.running_mean")!.data<float>().ToArray(), value => Assert.Equal(5f, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Decay_OutsideZeroToOne_Throws(double decay) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightAverage { Decay = decay });

    [Fact]
    public void Ascend_MovesEachWeightMatrixAlongItsGradientAndComesBackExactly()
    {
        const double Gamma = 0.02;
        using var network = TrainingFixtures.ConvolutionalNetwork();
        network.train();
        using var scope = NewDisposeScope();
        var (inputs, labels) = (rand([12, 1, 8, 8], generator: new Generator(4)), arange(12, ScalarType.Int64).remainder(4));
        Tensor Loss() => nn.functional.cross_entropy(network.call(inputs), labels);

        Loss().backward();
        var gradients = network.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());
        network.zero_grad();
        using (no_grad()) network.get_buffer("norm.running_mean")!.zero_();
        var before = network.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.detach().clone());
        var bytes = TrainingFixtures.Weights(network);

        using (PerturbedWeights.Ascend(network, Gamma, Loss))
        {
            foreach (var (name, parameter) in network.named_parameters())
            {
                var moved = parameter.detach().sub(before[name]);
                Assert.Null(parameter.grad);
                if (name is "conv1.weight" or "conv2.weight" or "linear.weight")
                {
                    var expected = gradients[name].mul(
                        Gamma * before[name].norm().item<float>() / gradients[name].norm().item<float>());
                    Assert.True(moved.sub(expected).abs().max().item<float>() < 1e-6, name);
                    Assert.Equal(Gamma, moved.norm().item<float>() / before[name].norm().item<float>(), 5);
                }
                else
                {
                    Assert.Equal(0f, moved.abs().max().item<float>());
                }
            }
        }

        Assert.Equal(bytes, TrainingFixtures.Weights(network));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.PositiveInfinity)]
    public void Gamma_NotAboveZero_Throws(double gamma) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdversarialWeightPerturbation { Gamma = gamma });

    [Fact]
    public void Clip_ScalesLongGradientsToTheBoundAndLeavesShortOnes()
    {
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        using var scope = NewDisposeScope();
        var parameters = network.parameters().ToArray();
        void Backward() =>
            network.call(tensor(new float[] { 3, 4 }).view(1, 2)).sum().backward(); // gradients: weight [3 4; 3 4], bias [1 1]

        Backward();
        GradientNorm.Clip(parameters, 100);
        Assert.Equal([3f, 4, 3, 4], parameters[0].grad!.data<float>().ToArray());
        GradientNorm.Clip(parameters, 0.5);
        var length = Math.Sqrt(parameters.Sum(parameter => parameter.grad!.square().sum().item<float>()));
        Assert.Equal(0.5, length, 5);
        Assert.Equal(3.0 / 4, parameters[0].grad!.data<float>().ToArray() is [var first, var second, ..] ? first / second : 0, 6);
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Expectation over transformations: networks that do not answer alike twice.</summary>
public class EotSamplesTests
{
    [Fact]
    public void Gradients_AreTheMeanOverThePasses()
    {
        using var scope = NewDisposeScope();
        using var network = new Turning();
        var attack = new FastGradientMethod(ThreatModel.L2(0.5, ValueRange.Unbounded))
        {
            EotSamples = 3,
            Loss = AttackLoss.Margin
        };
        using var result = attack.Perturb(network, zeros([1, 2], ScalarType.Float64),
            AttackGoal.Untargeted(tensor(new[] { 0L })));
        // Weights (6, 0), (0, 6) and (3, 6): their mean is (3, 4), the step 0.5 along it.
        Assert.Equal(0.3, result.Inputs[0, 0].item<double>(), 1e-12);
        Assert.Equal(0.4, result.Inputs[0, 1].item<double>(), 1e-12);
        // Three passes for the gradient, three for the verdict, which is that of the mean outputs.
        Assert.Equal([6L], result.Queries);
        Assert.Equal(6, network.Passes);
        Assert.Equal([1L], result.Predictions.data<long>().ToArray());
    }

    [Fact]
    public void Verdict_IsThatOfTheMeanOutputs()
    {
        using var scope = NewDisposeScope();
        // One pass in three says class 1 loudly, two say class 0: the mean of the logits is class 1's.
        using var network = new Turning { Bias = [-1, -1, 9] };
        var attack = new FastGradientMethod(ThreatModel.L2(1e-6, ValueRange.Unbounded)) { EotSamples = 3 };
        using var result = attack.Perturb(network, zeros([1, 2], ScalarType.Float64),
            AttackGoal.Untargeted(tensor(new[] { 0L })));
        Assert.True(result.Success.item<bool>());
        using var calm = new Turning { Bias = [-1, -1, 1] };
        using var other = attack.Perturb(calm, zeros([1, 2], ScalarType.Float64), AttackGoal.Untargeted(tensor(new[] { 0L })));
        Assert.False(other.Success.item<bool>());
    }

    [Theory]
    [InlineData("PGD")]
    [InlineData("APGD")]
    [InlineData("restarts")]
    public void DeterministicNetwork_SamplesChangeNothing(string name)
    {
        using var scope = NewDisposeScope();
        Attack Create(int samples)
        {
            var threatModel = ThreatModel.L2(0.4);
            return name switch
            {
                "PGD" => new ProjectedGradientDescent(threatModel) { Steps = 4, EotSamples = samples },
                "APGD" => new AutoProjectedGradientDescent(threatModel) { Steps = 12, EotSamples = samples },
                _ => new ProjectedGradientDescent(threatModel) { Steps = 2, EotSamples = samples }.WithRestarts(2),
            };
        }

        // Two of a kind add and halve without rounding.
        var problem = new AttackTestCase(Create(2));
        using var twice = problem.Perturb();
        using var once = Create(1).Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels));
        Assert.Equal(AttackContractTests.Values(once.Inputs), AttackContractTests.Values(twice.Inputs));
        Assert.True(twice.Queries.Sum() > 1.8 * once.Queries.Sum());
    }

    [Fact]
    public void BelowOne_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FastGradientMethod(ThreatModel.LInf(0.1)) { EotSamples = 0 });

    /// <summary>Logits (0, w·x + b), with other weights at each pass.</summary>
    private sealed class Turning() : Module<Tensor, Tensor>(nameof(Turning))
    {
        private static readonly double[][] Weights = [[6, 0], [0, 6], [3, 6]];

        public double[] Bias { get; init; } = [0, 0, 0];

        public int Passes { get; private set; }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var turn = Passes++ % 3;
            var height = input.mul(tensor(Weights[turn])).sum(1).add(Bias[turn]);
            return stack([zeros_like(height), height], 1).MoveToOuterDisposeScope();
        }
    }
}

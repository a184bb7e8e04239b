using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.Tests.Testing;
using ML.Robustness.Tests.Training;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Objectives;

public class ObjectiveTests
{
    private static readonly float[][] Weights = [[1, -2], [0.5f, 1], [-1, 0.25f]];
    private static readonly float[][] Clean = [[0.2f, 0.4f], [0.9f, 0.1f], [0.5f, 0.8f]];
    private static readonly float[][] Moved = [[0.3f, 0.3f], [0.8f, 0.2f], [0.6f, 0.7f]];
    private static readonly long[] Labels = [1, 0, 2];

    [Fact]
    public void Standard_IsTheCrossEntropyOfTheInputs() =>
        Assert.Equal(Mean(i => -Math.Log(Softmax(Clean[i])[Labels[i]])), Loss(new StandardObjective()), 5);

    [Fact]
    public void Adversarial_IsTheCrossEntropyOfWhatWasCrafted() =>
        Assert.Equal(Mean(i => -Math.Log(Softmax(Moved[i])[Labels[i]])),
            Loss(new AdversarialObjective(new FastGradientMethod(ThreatModel.LInf(0.1)))), 5);

    [Fact]
    public void Fast_IsTheCrossEntropyOfWhatWasCrafted() =>
        Assert.Equal(Mean(i => -Math.Log(Softmax(Moved[i])[Labels[i]])),
            Loss(new FastAdversarialObjective(ThreatModel.LInf(0.1))), 5);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public void Trades_IsTheHandComputedSum(double beta) => Assert.Equal(
        Mean(i => -Math.Log(Softmax(Clean[i])[Labels[i]]) + beta * Divergence(Softmax(Clean[i]), Softmax(Moved[i]))),
        Loss(new TradesObjective(ThreatModel.LInf(0.1), beta)), 5);

    [Fact]
    public void Trades_OfTheCleanInputs_HasNoDivergence()
    {
        using var scope = NewDisposeScope();
        using var network = TrainingFixtures.LinearNetwork(Weights);
        var (inputs, labels) = (Matrix(Clean), tensor(Labels));
        var trades = new TradesObjective(ThreatModel.LInf(0.1)).Evaluate(network, inputs, inputs, labels).Loss.item<float>();
        Assert.Equal(new StandardObjective().Evaluate(network, inputs, inputs, labels).Loss.item<float>(), trades);
        var logProbabilities = functional.log_softmax(network.call(inputs), 1);
        Assert.Equal([0f, 0, 0],
            new KullbackLeiblerLoss(logProbabilities).Evaluate(network.call(inputs), labels).data<float>().ToArray());
    }

    [Fact]
    public void Mart_IsTheHandComputedSum()
    {
        const double Beta = 5;
        var expected = Mean(i =>
        {
            var (clean, moved) = (Softmax(Clean[i]), Softmax(Moved[i]));
            var runnerUp = moved.Where((_, k) => k != Labels[i]).Max();
            return -Math.Log(moved[Labels[i]]) - Math.Log(1.0001 - runnerUp + 1e-12) + Beta * Divergence(clean,
                moved) * (1.0000001 - clean[Labels[i]]);
        });
        Assert.Equal(expected, Loss(new MartObjective(new FastGradientMethod(ThreatModel.LInf(0.1)), Beta)), 5);
    }

    [Fact]
    public void Divergence_IsTheHandComputedOneAndItsGradientThatOfTheFormula()
    {
        using var scope = NewDisposeScope();
        using var network = TrainingFixtures.LinearNetwork(Weights);
        var reference = functional.log_softmax(network.call(Matrix(Clean)), 1).detach();
        var logits = network.call(Matrix(Moved)).detach().requires_grad_(true);
        var divergence = new KullbackLeiblerLoss(reference).Evaluate(logits, tensor(Labels));
        var values = divergence.data<float>().ToArray();
        for (var i = 0; i < 3; i++) Assert.Equal(Divergence(Softmax(Clean[i]), Softmax(Moved[i])), values[i], 6);
        divergence.sum().backward();
        var gradient = logits.grad!.data<float>().ToArray(); // q − p
        for (var i = 0; i < 3; i++)
            for (var k = 0; k < 3; k++) Assert.Equal(Softmax(Moved[i])[k] - Softmax(Clean[i])[k], gradient[3 * i + k], 6);
    }

    [Fact]
    public void Craft_Trades_ClimbsTheDivergenceInsideTheThreatModel()
    {
        using var scope = NewDisposeScope();
        using var network = TrainingFixtures.LinearNetwork(Weights);
        var (inputs, labels) = (Matrix(Clean), tensor(Labels));
        var crafted = Craft(new TradesObjective(ThreatModel.LInf(0.1)), network, inputs, labels);
        Assert.True(crafted.sub(inputs).abs().max().item<float>() <= 0.1f + 1e-6f);
        var reference = functional.log_softmax(network.call(inputs), 1).detach();
        var divergence = new KullbackLeiblerLoss(reference);
        var reached = divergence.Evaluate(network.call(crafted), labels).data<float>().ToArray();
        // For a linear network the worst point of a square lies at a corner: all four are tried.
        var worst = new[] { (-0.1f, -0.1f), (-0.1f, 0.1f), (0.1f, -0.1f), (0.1f, 0.1f) }
            .Select(
                corner => divergence.Evaluate(network.call(inputs.add(tensor(new[] { corner.Item1, corner.Item2 })).clamp(0, 1)),
                    labels).data<float>().ToArray())
            .ToArray();
        for (var i = 0; i < 3; i++) Assert.InRange(reached[i], 0.5 * worst.Max(values => values[i]),
            worst.Max(values => values[i]) + 1e-5);
        Assert.False(crafted.requires_grad);
    }

    [Fact]
    public void Craft_Adversarial_ReachesTheClosedFormOfALinearNetwork()
    {
        using var scope = NewDisposeScope();
        using var network = TrainingFixtures.LinearNetwork([[1, -2], [-1, 3]]);
        float[][] rows = [[0.4f, 0.5f], [0.6f, 0.3f]];
        var crafted = Craft(new AdversarialObjective(new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7 }), network,
            Matrix(rows), tensor(new long[] { 0, 1 }));
        // The margin's gradient is w1 − w0 = (−2, 5): against label 0 the worst step is (−ε, +ε), against label 1 (+ε, −ε).
        var values = crafted.data<float>().ToArray();
        Assert.Equal([0.3f, 0.6f, 0.7f, 0.2f], values.Select(value => MathF.Round(value, 5)));
    }

    [Theory]
    [InlineData("Adversarial")]
    [InlineData("TRADES")]
    [InlineData("MART")]
    [InlineData("Fast")]
    public void Craft_SameRows_GivesTheSameWhateverTheBatchAndLeavesNoTensors(string name)
    {
        var objective = All().First(candidate => candidate.ToString()!.StartsWith(name, StringComparison.Ordinal));
        using var network = TrainingFixtures.LinearNetwork(Weights);
        using var inputs = Matrix(Clean);
        using var labels = tensor(Labels);
        var before = LiveTensors.Count();
        using (NewDisposeScope())
        {
            var all = Craft(objective, network, inputs, labels);
            Assert.True(all.sub(inputs).abs().max().item<float>() > 0.01f);
            var last = Craft(objective, network, inputs.narrow(0, 2, 1), labels.narrow(0, 2, 1), firstRow: 2);
            Assert.True(all.narrow(0, 2, 1).sub(last).abs().max().item<float>() < 1e-6f);
        }

        LiveTensors.AssertNoMoreThan(before);
    }

    [Fact]
    public void Adversarial_AttackThatKeepsTheBest_IsTrainedOnItsLastIterate()
    {
        var attack = new ProjectedGradientDescent(ThreatModel.L2(0.5))
        {
            Steps = 7,
            StepSize = 0.2,
            Momentum = 0.5,
            RandomStart = false,
            Loss = AttackLoss.Margin,
            BatchSize = 9
        };
        var used = Assert.IsType<ProjectedGradientDescent>(new AdversarialObjective(attack).Attack);
        Assert.False(used.ReturnBestIterate);
        Assert.Equal((7, 0.2, 0.5, false, AttackLoss.Margin, 9),
            (used.Steps, used.StepSize!.Value, used.Momentum, used.RandomStart, used.Loss, used.BatchSize));
        Assert.Same(attack.ThreatModel, used.ThreatModel);
    }

    [Fact]
    public void ToString_NamesTheRecipe() => Assert.Equal(
        ["Standard", "Adversarial PGD-10 L∞ 0.1", "TRADES β 6 L∞ 0.1 in [0, 1]", "MART β 5 FGSM L∞ 0.1",
            "Fast FGSM L∞ 0.1"],
        All().Prepend(new StandardObjective()).Select(objective => objective.ToString()));

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Beta_NegativeOrNotFinite_Throws(double beta)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new TradesObjective(ThreatModel.LInf(0.1), beta));
        Assert.StartsWith("The weight of the robustness term must be 0 or more and finite, but is ", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MartObjective(new FastGradientMethod(ThreatModel.LInf(0.1)), beta));
    }

    [Fact]
    public void StepsAndStepSize_OutOfBounds_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TradesObjective(ThreatModel.LInf(0.1)) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TradesObjective(ThreatModel.LInf(0.1)) { StepSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FastAdversarialObjective(ThreatModel.LInf(0.1)) { StepSize = -1 });
    }

    private static TrainingObjective[] All() =>
    [
        new AdversarialObjective(new ProjectedGradientDescent(ThreatModel.LInf(0.1))),
        new TradesObjective(ThreatModel.LInf(0.1)),
        new MartObjective(new FastGradientMethod(ThreatModel.LInf(0.1))),
        new FastAdversarialObjective(ThreatModel.LInf(0.1)),
    ];

    private static Tensor Craft(TrainingObjective objective, Module<Tensor, Tensor> network, Tensor inputs, Tensor labels,
        long firstRow = 0)
    {
        using var frozen = new ModelScope(network);
        return objective.Generate(network, inputs, labels, new RowRandom(4, firstRow), CancellationToken.None);
    }

    private static double Loss(TrainingObjective objective)
    {
        using var scope = NewDisposeScope();
        using var network = TrainingFixtures.LinearNetwork(Weights);
        var result = objective.Evaluate(network, Matrix(Clean), Matrix(Moved), tensor(Labels));
        Assert.True(result.Loss.requires_grad);
        return result.Loss.item<float>();
    }

    private static Tensor Matrix(float[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);

    private static double Mean(Func<int, double> term) => Enumerable.Range(0, 3).Average(term);

    private static double[] Softmax(float[] row)
    {
        var powers = Weights.Select(weights => Math.Exp(weights[0] * (double)row[0] + weights[1] * (double)row[1])).ToArray();
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private static double Divergence(double[] reference, double[] other) =>
        reference.Zip(other, (p, q) => p * Math.Log(p / q)).Sum();
}

using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.AttackSuites;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Evaluation;

public sealed class LinearClassifierTests
{
    private static double Gain(double[] weights, double[] room, ThreatModel threatModel)
    {
        using var scope = NewDisposeScope();
        return threatModel.LargestGain(tensor(weights).unsqueeze(0), tensor(room).unsqueeze(0)).item<double>();
    }

    // w = (3, −4, 2, 0) with room (0.05, 0.5, 0.1, 1).
    public static TheoryData<string, double, double> HandMade => new()
    {
        { "LInf", 0.2, 3 * 0.05 + 4 * 0.2 + 2 * 0.1 }, // the first and the third are stopped by the range
        { "L1", 0.2, 4 * 0.2 }, // all of it on the steepest
        { "L1", 0.9, 4 * 0.5 + 3 * 0.05 + 2 * 0.1 }, // then on the next, each as far as the range goes
        { "L2", 0.05, 0.05 * Math.Sqrt(29) }, // no bound is reached
        { "L2", 0.2, 3 * 0.05 + (16 + 4) * Math.Sqrt((0.04 - 0.0025) / 20) }, // the first at its bound, the others share the rest
    };

    [Theory]
    [MemberData(nameof(HandMade))]
    public void WorstCase_IsTheHandMadeOne(string norm, double epsilon, double gain) =>
        Assert.Equal(gain, Gain([3, -4, 2, 0], [0.05, 0.5, 0.1, 1], Balls.Of(norm, epsilon)), 12);

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void WorstCase_NoAttackExceedsItAndTheBestReachIt(string norm)
    {
        using var scope = NewDisposeScope();
        var threat = Balls.Of(norm, norm == "LInf" ? 0.2 : norm == "L2" ? 0.6 : 1.5).WithBudgets(1, 0.5, 2, 0, 1, 1, 3, 1);
        var weights = new RowRandom(6).Normal(zeros([2, 8], ScalarType.Float64));
        using var network = Product(weights);
        var inputs = new RowRandom(7).Uniform(zeros([20, 8], ScalarType.Float64), 0, 1);
        var goal = AttackGoal.Untargeted(zeros([20], ScalarType.Int64));
        using var result = new ProjectedGradientDescent(threat)
        {
            Steps = 400,
            StepSize = threat.Epsilon / 20,
            Loss = AttackLoss.Margin
        }.Perturb(network, inputs, goal);
        var difference = weights[1].sub(weights[0]).data<double>().ToArray();
        var gained = AttackLoss.Margin.Evaluate(network.call(result.Inputs), goal.Labels)
            .sub(AttackLoss.Margin.Evaluate(network.call(inputs), goal.Labels)).data<double>().ToArray();
        for (var row = 0; row < 20; row++)
        {
            var values = inputs[row].data<double>().ToArray();
            var room = values.Select((value, i) => difference[i] > 0 ? 1 - value : value).ToArray();
            var most = Gain(difference, room, threat);
            Assert.InRange(gained[row], 0.98 * most, most + 1e-9);
        }
    }

    [Theory]
    [InlineData("LInf", 0.05)]
    [InlineData("LInf", 0.3)]
    public void RobustRows_OfTwoClasses_IsWhatOneStepReaches(string norm, double epsilon)
    {
        using var problem = new AttackSuiteTestCase(80, network: AttackSuiteTestCase.LinearNetwork(2), classes: 2);
        var exact = (double?)LinearClassifier.Of(problem.Network, problem.Data.Shape)!
            .RobustRows(problem.Data, Balls.Of(norm, epsilon), default) / 80;
        var found = new AttackSuite(new FastGradientMethod(Balls.Of(norm, epsilon))).Run(problem.Network, problem.Data);
        Assert.Equal(found.RobustAccuracy, exact);
        Assert.InRange(exact!.Value, 0.01, found.CleanAccuracy - 0.01);
    }

    [Theory]
    [InlineData("LInf", 0.1)]
    [InlineData("L2", 0.3)]
    [InlineData("L1", 0.6)]
    public void RobustRows_OfThreeClasses_IsNeverAboveAnAttacks(string norm, double epsilon)
    {
        using var problem = new AttackSuiteTestCase(80, network: AttackSuiteTestCase.LinearNetwork(3));
        var exact = (double?)LinearClassifier.Of(problem.Network, problem.Data.Shape)!
            .RobustRows(problem.Data, Balls.Of(norm, epsilon), default) / 80;
        var found = new AttackSuite(
            new ProjectedGradientDescent(Balls.Of(norm, epsilon)) { Steps = 50, Loss = AttackLoss.Margin }).Run(problem.Network,
            problem.Data);
        Assert.InRange(exact!.Value, 0.05, found.RobustAccuracy);
        Assert.InRange(found.RobustAccuracy, exact.Value, exact.Value + 0.03);
    }

    [Fact]
    public void RobustRows_WithNormalization_IsThatOfTheLayersTogether()
    {
        var shape = new InputShape(2, 2, 2);
        using var plain = ModelArchitecture.MultilayerPerceptron().WithNormalization([0.4f, 0.6f], [0.2f, 0.5f])
            .Create(shape, 2, 4);
        using var scope = NewDisposeScope();
        var inputs = new RowRandom(8).Uniform(zeros(shape.Batch(60)), 0.2, 0.8);
        var labels = plain.call(inputs).argmax(1);
        using var data = LabeledDataset.FromTensors(inputs.clone(), labels.clone(), shape, 2);
        var threat = ThreatModel.LInf(0.04);
        var exact = (double?)LinearClassifier.Of(plain, shape)!.RobustRows(data, threat, default) / 60;
        Assert.Equal(new AttackSuite(new FastGradientMethod(threat)).Run(plain, data).RobustAccuracy, exact);
        Assert.InRange(exact!.Value, 0.01, 0.99);
    }

    [Fact]
    public void Of_ANetworkThatIsNotLinear_IsNull()
    {
        using var hidden = ModelArchitecture.MultilayerPerceptron(4).Create(InputShape.Vector(8), 3, 1);
        Assert.Null(LinearClassifier.Of(hidden, InputShape.Vector(8)));
        using var rounded = new FunctionNetwork(input => input.round());
        Assert.Null(LinearClassifier.Of(rounded, InputShape.Vector(8)));
        using var rectified = Sequential(("linear", nn.Linear(8, 3)), ("relu", ReLU()));
        Assert.Null(LinearClassifier.Of(rectified, InputShape.Vector(8)));
    }

    private static Module<Tensor, Tensor> Product(Tensor weights) => new FunctionNetwork(input => input.matmul(weights.t()));
}

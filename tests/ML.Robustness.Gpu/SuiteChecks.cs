using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>AutoAttack, evaluation with its warnings, transfer and attacks in bytes.</summary>
internal static class SuiteChecks
{
    private const int Rows = 96, Classes = 5;
    private static readonly InputShape Shape = new(3, 8, 8);

    public static IEnumerable<Check> All()
    {
        foreach (var threat in new[] { ThreatModel.LInf(0.01), ThreatModel.L2(0.1), ThreatModel.L1(0.5) })
            yield return new("AutoAttack", $"standard, {threat}", found => Suite(found, threat), 1e-2, 0.03);
        yield return new("evaluation", "report with the check for gradient masking", Evaluate, 0.03);
        yield return new("evaluation", "transfer between two networks", Transfer, 0.03);
    }

    /// <summary>Rows of random images, labelled by a network so that most are correct.</summary>
    public static LabeledDataset Data(InputShape shape, int rows, int classes)
    {
        using var scope = NewDisposeScope();
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), shape, classes, CPU);
        using var quiet = no_grad();
        var inputs = new RowRandom(7).Uniform(zeros(shape.Batch(rows), ScalarType.Float32, CPU), 0, 1);
        var labels = network.call(inputs).argmax(1);
        labels.narrow(0, 0, 1).fill_(0);
        labels.narrow(0, 1, 1).fill_(1);
        return LabeledDataset.FromTensors(inputs.DetachFromDisposeScope(), labels.DetachFromDisposeScope(), shape, classes);
    }

    private static void Suite(Findings found, ThreatModel threat)
    {
        using var data = Data(Shape, Rows, Classes);
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), Shape, Classes, found.Device);
        var options = new AttackSuiteOptions { Device = found.Device, KeepInputs = true };
        var result = AttackSuite.AutoAttack(threat).Run(network, data, options);
        found.AddVerdicts("robust", result.RowResults.Select(row => row.IsRobust ? 1L : 0));
        found.AddVerdicts("clean predictions", result.RowResults.Select(row => (long)row.CleanPrediction));
        found.Add("robust accuracy", [result.RobustAccuracy]);
    }

    private static void Evaluate(Findings found)
    {
        using var data = Data(Shape, Rows, Classes);
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), Shape, Classes, found.Device);
        var evaluator = new RobustnessEvaluator(
            ThreatModel.LInf(0.01), ball => new AttackSuite(new ProjectedGradientDescent(ball) { Steps = 10 }))
        {
            Epsilons = [0.005, 0.01, 0.02],
            SuiteOptions = new AttackSuiteOptions { Device = found.Device },
        };
        var report = evaluator.Evaluate(network, data);
        var curve = report.Curve.Select(point => point.RobustAccuracy);
        found.Add("accuracies", [report.CleanAccuracy, report.RobustAccuracy, .. curve]);
        found.AddVerdicts("warnings", report.Warnings.Select(warning => (long)warning.Kind).Order());
    }

    private static void Transfer(Findings found)
    {
        using var data = Data(Shape, Rows, Classes);
        using var one = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), Shape, Classes, found.Device);
        using var other = AttackChecks.Network(ModelArchitecture.MultilayerPerceptron(32), Shape, Classes, CPU);
        (string, nn.Module<Tensor, Tensor>)[] networks = [("one", one), ("other, on the processor", other)];
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.03)) { Steps = 5 };
        var matrix = TransferMatrix.Measure(networks, networks, data, attack);
        found.Add("accuracies", [matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]]);
    }
}

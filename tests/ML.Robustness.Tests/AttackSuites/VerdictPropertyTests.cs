using CsCheck;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.AttackSuites;

/// <summary>What holds of every verdict of a suite, on random linear networks.</summary>
public class VerdictPropertyTests
{
    private const int Rows = 6, Length = 4, Classes = 3;

    private static readonly Gen<(float[] Weights, float[] Values, int[] Labels, double Epsilon, int Norm)> Cases = Gen.Select(
        Gen.Float[-1, 1].Array[Classes * Length], Gen.Float[0, 1].Array[Rows * Length], Gen.Int[0, Classes - 1].Array[Rows],
        Gen.Double[0, 0.5], Gen.Int[0, 1]);

    [Fact]
    public void Verdicts_AgreeWithTheNetworkAndTheBudget() => PropertyCheck.Holds(Cases, found =>
    {
        using var scope = NewDisposeScope();
        using var network = Linear(Length, Classes, hasBias: false);
        using (no_grad())
            network.weight!.copy_(tensor(found.Weights, device: CPU).view(Classes, Length));
        var inputs = tensor(found.Values, device: CPU).view(Rows, Length);
        using var data = LabeledDataset.FromTensors(
            inputs.clone(), tensor(found.Labels.Select(label => (long)label).ToArray(), device: CPU), InputShape.Vector(Length),
            Classes);
        var threat = found.Norm == 0 ? ThreatModel.LInf(found.Epsilon) : ThreatModel.L2(found.Epsilon);
        var attacks = new Attack[] { new FastGradientMethod(threat), new ProjectedGradientDescent(threat) { Steps = 3 } };
        var result = new AttackSuite(attacks).Run(network, data, new AttackSuiteOptions { KeepInputs = true });

        Assert.Equal(result.RowResults.Count(row => row.IsCorrect) / (double)Rows, result.CleanAccuracy);
        Assert.Equal(result.RowResults.Count(row => row.IsRobust) / (double)Rows, result.RobustAccuracy);
        var accuracy = result.CleanAccuracy;
        foreach (var attack in result.Attacks)
        {
            Assert.True(attack.AccuracyAfter <= accuracy);
            accuracy = attack.AccuracyAfter;
        }
        Assert.Equal(result.RobustAccuracy, accuracy);
        foreach (var row in result.RowResults)
        {
            if (row.Attack is null)
                continue;
            var made = tensor(result.InputOf((int)row.Row)!.Value.ToArray(), device: CPU).view(1, Length);
            Assert.NotEqual(row.Label, network.call(made).argmax(1).item<long>());
            Assert.True(threat.Distance(made, inputs.narrow(0, row.Row, 1)).item<float>() <= found.Epsilon + 1e-6);
            Assert.All(made.data<float>().ToArray(), value => Assert.InRange(value, 0, 1));
        }
    }, count: 100);
}

using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Attacks;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Gpu;

/// <summary>Every attack of the tests' table under every threat model in float64, goals, and real sizes in float32.</summary>
internal static class AttackChecks
{
    private const int Rows = 24, Classes = 3;
    private static readonly InputShape Small = new(3, 4, 4);

    public static IEnumerable<Check> All()
    {
        foreach (var attack in AttackTable.Attacks.Keys)
        {
            foreach (var threat in AttackTable.ThreatModels.Keys)
            {
                yield return new("attacks, float64", $"{attack}, {threat}", found => Attack(
                    found, AttackTable.Create(attack, threat), labels => AttackGoal.Untargeted(labels)), 1e-6);
            }
        }

        foreach (var (name, goal) in Goals)
        {
            yield return new("goals, float64", name, found => Attack(
                found, new ProjectedGradientDescent(ThreatModel.LInf(0.2)) { Steps = 5 }.WithRestarts(2), goal), 1e-6);
        }

        yield return new("budgets, float64", "one for each feature", found => Attack(found, new ProjectedGradientDescent(
            ThreatModel.LInf(0.1).WithBudgets([.. Enumerable.Range(0, Small.Length).Select(i => 0.5 * (i % 4))]))
        { Steps = 5 },
            labels => AttackGoal.Untargeted(labels)), 1e-6);
        yield return new("random outputs, float64", "20 passes a gradient", found => Attack(found, new ProjectedGradientDescent(
            ThreatModel.LInf(0.1))
        { Steps = 3, EotSamples = 20 }, labels => AttackGoal.Untargeted(labels)), 1e-6);
        foreach (var architecture in new[] { ModelArchitecture.ConvNet(), ModelArchitecture.ResidualNet(16) })
        {
            foreach (var (name, attack) in Images)
            {
                // A sign that rounding turned moves a pixel by two steps.
                yield return new("attacks on images, float32", $"{name}, {architecture}",
                    found => OnImages(found, attack, architecture), 0.02, 0.05);
            }
        }
    }

    private static Dictionary<string, Func<Tensor, AttackGoal>> Goals => new()
    {
        ["targets"] = labels => AttackGoal.Targeted(labels.add(1).remainder(Classes)),
        ["targets and labels"] = labels => AttackGoal.Targeted(labels.add(1).remainder(Classes), labels),
        ["least likely"] = AttackGoal.LeastLikely,
        ["second likely"] = labels => AttackGoal.KthLikely(labels, 2),
        ["random other"] = AttackGoal.RandomOther,
    };

    private static Dictionary<string, Attack> Images => new()
    {
        ["FGSM"] = new FastGradientMethod(ThreatModel.LInf(8 / 255.0)),
        ["PGD-10, LInf"] = new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0)) { Steps = 10 },
        ["PGD-10, L2"] = new ProjectedGradientDescent(ThreatModel.L2(0.5)) { Steps = 10 },
        ["PGD-10, L1"] = new ProjectedGradientDescent(ThreatModel.L1(12)) { Steps = 10 },
        ["APGD-DLR"] = new AutoProjectedGradientDescent(ThreatModel.L2(0.5)) { Steps = 20, Loss = AttackLoss.Dlr },
        ["Square"] = new SquareAttack(ThreatModel.LInf(8 / 255.0)) { Queries = 50 },
    };

    private static void Attack(Findings found, Attack attack, Func<Tensor, AttackGoal> goal)
    {
        using var network = AttackTable.Network(Small, Classes).to(found.Device);
        var inputs = AttackTable.Inputs(Small, Rows, attack.ThreatModel.Range).to(found.Device);
        var labels = AttackTable.Labels(Rows, Classes).to(found.Device);
        using var result = attack.Perturb(network, inputs, goal(labels), new RowRandom(3));
        Keep(found, result);
        found.AddVerdicts("queries", result.Queries);
    }

    private static void OnImages(Findings found, Attack attack, ModelArchitecture architecture)
    {
        var shape = new InputShape(3, 32, 32);
        using var network = Network(architecture, shape, 10, found.Device);
        var inputs = new RowRandom(5).Uniform(zeros(shape.Batch(64), ScalarType.Float32, CPU), 0, 1).to(found.Device);
        Tensor labels;
        using (no_grad())
            labels = network.call(inputs).argmax(1);
        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(labels), new RowRandom(3));
        Keep(found, result);
    }

    /// <summary>A network in evaluation mode on a device.</summary>
    public static Module<Tensor, Tensor> Network(ModelArchitecture architecture, InputShape shape, int classes, Device device)
    {
        var network = architecture.Create(shape, classes, 11).to(device);
        network.eval();
        return network;
    }

    private static void Keep(Findings found, AttackResult result)
    {
        found.Add("inputs", result.Inputs);
        found.Add("success", result.Success);
        found.Add("distances", result.Distances);
        found.Add("predictions", result.Predictions);
    }
}

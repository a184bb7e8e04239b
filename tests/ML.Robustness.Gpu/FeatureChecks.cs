using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.FeatureAnalysis;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Gpu;

/// <summary>Feature data sets, feature visualization and feature analysis.</summary>
internal static class FeatureChecks
{
    private const int Rows = 24, Classes = 5;
    private static readonly InputShape Shape = new(3, 8, 8);
    private static readonly ThreatModel Ball = ThreatModel.L2(0.5);

    private static Dictionary<string, Func<Findings, bool, FeatureDatasetMethod>> FeatureDatasetMethods => new()
    {
        ["feature matching"] = (_, bytes) =>
            new FeatureMatching(new InitialRows(Inputs(CPU).flip(0))) { Steps = 10, QuantizeToBytes = bytes },
        ["random targets"] = (_, bytes) => Relabel(Ball, TargetAssignment.Random, bytes),
        ["shifted targets"] = (_, bytes) => Relabel(ThreatModel.LInf(0.1), TargetAssignment.Shifted, bytes),
        ["other targets"] = (_, bytes) => Relabel(ThreatModel.L1(2), TargetAssignment.Other, bytes),
        ["leakage control"] = (_, bytes) => new LeakageControl(Ball, Classes) { QuantizeToBytes = bytes },
        ["non-transferable"] = (found, bytes) =>
            new NonTransferable(Ball, Network(found, 2), Network(found, 3)) { Steps = 10, QuantizeToBytes = bytes },
        ["mislabelled"] = (_, bytes) => new MislabeledOnly { QuantizeToBytes = bytes },
    };

    public static IEnumerable<Check> All()
    {
        foreach (var (name, create) in FeatureDatasetMethods)
        {
            yield return new("feature data sets, float64", name, found => CreateRows(found, create(found, false)), 1e-6);
            yield return new("feature data sets, float64", $"{name}, bytes",
                found => CreateRows(found, create(found, true)), 1e-6, 0.001);
        }

        FeatureObjective[] objectives =
        [
            FeatureObjective.Logit(1), FeatureObjective.LogProbability(2), FeatureObjective.Unit(3), FeatureObjective.Channel(4),
        ];
        foreach (var objective in objectives)
            yield return new("feature visualization, float64", $"{objective}", found => Visualize(found, objective), 1e-6);
        yield return new("feature visualization, float64", "morph, tuning curve, first layer", Others, 1e-6);
        yield return new("feature analysis", "activating rows, leakage, linear features", Analyze, 1e-3);
    }

    private static Module<Tensor, Tensor> Network(Findings found, ulong seed)
    {
        var network = ModelArchitecture.ConvNet(8, 16).Create(Shape, Classes, seed).to(ScalarType.Float64).to(found.Device);
        network.eval();
        return network;
    }

    private static FeatureDatasetMethod Relabel(ThreatModel ball, TargetAssignment assignment, bool bytes) =>
        new TargetedRelabeling(ball, assignment) { Steps = 10, QuantizeToBytes = bytes };

    private static Tensor Inputs(Device device) =>
        new RowRandom(5).Uniform(zeros(Shape.Batch(Rows), ScalarType.Float64, CPU), 0, 1).to(device);

    private static void CreateRows(Findings found, FeatureDatasetMethod method)
    {
        using var network = Network(found, 1);
        var labels = arange(Rows, ScalarType.Int64, CPU).remainder(Classes).to(found.Device);
        using var rows = method.CreateRows(network, Inputs(found.Device), labels, new RowRandom(3));
        found.Add("inputs", rows.Inputs);
        found.Add("labels", rows.Labels);
        found.Add("distances", rows.FeatureDistances);
        found.Add("success", rows.Success);
        found.Add("ensemble", rows.EnsembleCorrect);
        found.AddVerdicts("positions", rows.Positions ?? []);
        found.AddVerdicts("initial rows", rows.InitialRows ?? []);
    }

    private static void Visualize(Findings found, FeatureObjective objective)
    {
        using var network = Network(found, 1);
        foreach (var visualizer in new[]
        {
            new FeatureVisualizer(ThreatModel.Unbounded()) { Steps = 5 },
            new FeatureVisualizer(ThreatModel.L2(1)) { Steps = 5, Augmentation = new RandomAffine(), FrequencyDecay = 1 },
        })
        {
            using var result = visualizer.Visualize(network, objective, Inputs(found.Device), new RowRandom(3));
            found.Add("values", result.Values);
            found.Add("scores", result.Scores);
            found.Add("scores at the start", result.StartScores);
        }
    }

    private static void Others(Findings found)
    {
        using var network = Network(found, 1);
        var inputs = Inputs(found.Device);
        using var morph = new Morph(ThreatModel.L2(2)) { Steps = 5, Snapshots = [0, 5] }.Towards(
            network, inputs, arange(Rows, ScalarType.Int64, CPU).remainder(Classes).to(found.Device));
        found.Add("morph", morph.Values);
        found.Add("probabilities", morph.Probabilities);
        var curve = TuningCurve.Measure(
            network, FeatureObjective.Logit(0), inputs, [0, 0.5, 1], (rows, share) => rows.mul(share));
        found.Add("curve", curve.Means);
        found.Add("first layer", FirstLayerWeights.Images(network, Shape).cpu().to(found.Device));
    }

    private static void Analyze(Findings found)
    {
        using var network = AttackChecks.Network(ModelArchitecture.ConvNet(8, 16), Shape, Classes, found.Device);
        using var data = SuiteChecks.Data(Shape, 64, Classes);
        var ranking = ActivationRanking.Measure(network, FeatureObjective.Logit(1), data, 3);
        found.AddVerdicts("rows", ranking.Top.Concat(ranking.Bottom).Select(row => row.Row));
        var leakage = RobustFeatureLeakage.Measure(network, FeatureSource.Penultimate, data, data);
        found.Add("leakage", [leakage.Accuracy, leakage.TrainingAccuracy]);
        var linear = LinearFeatures.Analyze(data, ThreatModel.L2(0.5), 0);
        found.Add("usefulness", linear.Principal.Take(5).Select(feature => feature.Usefulness));
    }
}

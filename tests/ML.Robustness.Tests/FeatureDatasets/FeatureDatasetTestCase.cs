using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Attacks;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.FeatureDatasets;

/// <summary>Small float64 networks and rows, and every feature data set method on them.</summary>
internal static class FeatureDatasetTestCase
{
    public const int Rows = 11, Classes = 3, Length = 21;

    public static readonly InputShape Shape = new(1, 3, 7);

    public static Tensor Inputs => AttackTable.Inputs(Shape, Rows, ValueRange.Unit);

    public static Tensor Labels => AttackTable.Labels(Rows, Classes);

    public static ThreatModel Ball => ThreatModel.L2(0.5);

    public static TheoryData<string> Names => new("D_R", "D_rand", "D_det", "D_other", "leakage", "bugs", "mislabeled");

    /// <summary>A network without products of matrices, whose results do not depend on the batch, and whose features can be
    /// read.</summary>
    public static Module<Tensor, Tensor> Network(long seed = 0) =>
        Sequential(("shift", new Shift(seed)), ("network", new RowwiseNetwork(Length, Classes)));

    public static FeatureDatasetMethod Create(string name, int passSize = 256, bool bytes = false) => name switch
    {
        "D_R" => new FeatureMatching(new InitialRows(Inputs)) { Steps = 20, BatchSize = passSize, QuantizeToBytes = bytes },
        "D_rand" =>
            new TargetedRelabeling(Ball, TargetAssignment.Random) { Steps = 10, BatchSize = passSize, QuantizeToBytes = bytes },
        "D_det" =>
            new TargetedRelabeling(ThreatModel.LInf(0.1), TargetAssignment.Shifted)
            {
                Steps = 10,
                BatchSize = passSize,
                QuantizeToBytes = bytes
            },
        "D_other" =>
            new TargetedRelabeling(ThreatModel.L1(2), TargetAssignment.Other)
            {
                Steps = 10,
                BatchSize = passSize,
                QuantizeToBytes = bytes
            },
        "leakage" => new LeakageControl(Ball, Classes) { BatchSize = passSize, QuantizeToBytes = bytes },
        "bugs" => new NonTransferable(Ball, Network(1), Network(2)) { Steps = 10, BatchSize = passSize, QuantizeToBytes = bytes },
        _ => new MislabeledOnly { BatchSize = passSize, QuantizeToBytes = bytes },
    };

    public static ThreatModel? BallOf(FeatureDatasetMethod method) => method switch
    {
        TargetedPerturbation directed => directed.ThreatModel,
        LeakageControl control => control.ThreatModel,
        _ => null,
    };

    public static double[] Values(Tensor tensor) => tensor.contiguous().data<double>().ToArray();

    public static long[] Numbers(Tensor tensor) => tensor.data<long>().ToArray();

    /// <summary>Adds to each class a number of its own, so that two networks do not agree.</summary>
    private sealed class Shift(long seed) : Module<Tensor, Tensor>(nameof(Shift))
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return input.add(new RowRandom((ulong)seed + 5).Normal(zeros([1, .. input.shape.AsSpan(1)], input.dtype)).mul(0.05))
                .MoveToOuterDisposeScope();
        }
    }
}

using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Every attack and every threat model: a new one is one row here, and has to keep the whole contract.</summary>
internal static partial class AttackTable
{
    public static readonly Dictionary<string, Func<ThreatModel, Attack>> Attacks = new()
    {
        ["FGSM"] = model => new FastGradientMethod(model),
        ["FGSM, random start"] = model => new FastGradientMethod(model)
        {
            RandomStart = true,
            StepSize = 1.25 * Math.Max(model.Epsilon, 1e-3)
        },
        ["PGD"] = model => new ProjectedGradientDescent(model) { Steps = 5 },
        ["PGD, last, from the input"] = model => new ProjectedGradientDescent(model)
        {
            Steps = 4,
            RandomStart = false,
            ReturnBestIterate = false
        },
        ["PGD, margin, momentum"] = model => new ProjectedGradientDescent(model)
        {
            Steps = 4,
            Momentum = 1,
            Loss = AttackLoss.Margin
        },
        ["PGD, restarts"] = model => new ProjectedGradientDescent(model) { Steps = 2 }.WithRestarts(3),
        ["APGD-CE"] = model => new AutoProjectedGradientDescent(model) { Steps = 12, StopOnSuccess = false },
        ["APGD-DLR"] = model => new AutoProjectedGradientDescent(model)
        {
            Steps = 8,
            StopOnSuccess = false,
            Loss = AttackLoss.Dlr
        },
        ["APGD-T"] = model => new AutoProjectedGradientDescent(model) { Steps = 7, StopOnSuccess = false, Targets = 2 },
        ["APGD-CE, stops"] = model => new AutoProjectedGradientDescent(model) { Steps = 12 },
        ["Noise"] = model => new UniformNoiseAttack(model) { Draws = 20 },
        ["Linear"] = model => new LinearMaximizationAttack(model),
        ["Square"] = model => new SquareAttack(model) { Queries = 25 },
        ["Square, restarts"] = model => new SquareAttack(model) { Queries = 15, FirstShare = 0.3 }.WithRestarts(2),
        ["FAB"] = model => new FastAdaptiveBoundary(model) { Steps = 5 },
        ["FAB, stops, restarts"] = model => new FastAdaptiveBoundary(model) { Steps = 5, StopOnSuccess = true }.WithRestarts(2),
        ["HopSkipJump"] = model => new HopSkipJumpAttack(model) { Queries = 500, FirstSamples = 40 },
        ["HopSkipJump, stops, restarts"] = model => new HopSkipJumpAttack(model)
        {
            Queries = 250,
            FirstSamples = 30,
            StopOnSuccess = true,
        }.WithRestarts(2),
        ["SPSA"] = model => new GradientEstimateAttack(model) { Queries = 150, Pairs = 8 },
        ["NES, restarts"] = model => new GradientEstimateAttack(model)
        {
            Directions = EstimateDirections.Normal,
            Queries = 120,
            Pairs = 10,
        }.WithRestarts(2),
        ["CW"] = model => new CarliniWagner(model) { Steps = 8, SearchSteps = 3, FirstWeight = 1, StepSize = 0.05 },
    };

    private static readonly string[] LeastChange = ["FAB", "CW", "HopSkipJump", "SPSA", "NES", "Linear"];

    /// <summary>Attacks that leave a row as it is once, or where, its goal is reached, rather than climb on.</summary>
    public static bool StopsWhereReached(string attack) =>
        attack.Contains("stops", StringComparison.Ordinal) || attack.StartsWith("Square", StringComparison.Ordinal)
            || IsLeastChange(attack);

    /// <summary>Attacks whose answer for a row that is wrong already is the row itself.</summary>
    public static bool IsLeastChange(string attack) =>
        Array.Exists(LeastChange, name => attack.StartsWith(name, StringComparison.Ordinal));

    public static readonly Dictionary<string, ThreatModel> ThreatModels = new()
    {
        ["LInf"] = ThreatModel.LInf(0.1),
        ["L2"] = ThreatModel.L2(0.4),
        ["LInf, wide range"] = ThreatModel.LInf(0.5, new ValueRange(-2, 2)),
        ["L2, unbounded"] = ThreatModel.L2(1, ValueRange.Unbounded),
        ["L1"] = ThreatModel.L1(1.5),
        ["L1, wide range"] = ThreatModel.L1(4, new ValueRange(-2, 2)),
    };

    public static readonly InputShape[] Shapes = [InputShape.Vector(6), new(1, 3, 7), new(3, 4, 4), new(2, 1, 5)];

    public static Attack Create(string attack, string threatModel) => Attacks[attack](ThreatModels[threatModel]);

    /// <summary>A small random network.</summary>
    public static Module<Tensor, Tensor> Network(InputShape shape, int classes, ScalarType type = ScalarType.Float64) =>
        ModelArchitecture.MultilayerPerceptron(16).Create(shape, classes, 11).to(type);

    public static Tensor Inputs(InputShape shape, int rows, ValueRange range, ScalarType type = ScalarType.Float64)
    {
        using var scope = NewDisposeScope();
        var (low, high) = range.IsUnbounded ? (-3, 3) : (range.Minimum, range.Maximum);
        // Stretched over the range's ends and clamped, so that some values lie on them.
        var values = new RowRandom(5).Uniform(zeros(shape.Batch(rows), type, CPU), low - 0.1 * (high - low),
            high + 0.1 * (high - low));
        return values.clamp_(low, high).MoveToOuterDisposeScope();
    }

    public static Tensor Labels(int rows, int classes) =>
        tensor(Enumerable.Range(0, rows).Select(row => (long)(row * 7 % classes)).ToArray(), device: CPU);
}

using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>A thousand batches leave no tensor behind and take no memory, also when each of them fails or is cancelled.</summary>
public sealed class NativeMemoryTests : IDisposable
{
    private const int Batches = 1000, MostHalves = 4, Rows = 16, Length = 512;

    /// <summary>One tensor of the batch's size forgotten in each of half the batches would be twice this.</summary>
    private const long GrowthAllowed = (long)Batches / 2 * Rows * Length * sizeof(float) / 2;

    private static readonly ThreatModel Threat = ThreatModel.LInf(0.05);

    private static readonly Dictionary<string, Attack> Cheap = new()
    {
        ["PGD"] = new ProjectedGradientDescent(Threat) { Steps = 3 },
        ["PGD, restarts"] = new ProjectedGradientDescent(Threat) { Steps = 1 }.WithRestarts(2),
        ["FGSM"] = new FastGradientMethod(Threat),
        ["APGD-CE"] = new AutoProjectedGradientDescent(Threat) { Steps = 2 },
        ["APGD-T"] = new AutoProjectedGradientDescent(Threat) { Steps = 1, Targets = 2 },
        ["FAB-T"] = new FastAdaptiveBoundary(Threat) { Steps = 1, Targets = 2 },
        ["Square"] = new SquareAttack(Threat) { Queries = 6 },
        ["HopSkipJump"] = new HopSkipJumpAttack(Threat) { Queries = 60, FirstSamples = 4 },
        ["SPSA"] = new GradientEstimateAttack(Threat) { Queries = 12, Pairs = 2 },
        ["CW"] = new CarliniWagner(Threat) { Steps = 2, SearchSteps = 1 },
        ["Linear"] = new LinearMaximizationAttack(Threat),
        ["Noise"] = new UniformNoiseAttack(Threat) { Draws = 2 },
    };

    private readonly Module<Tensor, Tensor> _network = ModelArchitecture.MultilayerPerceptron(8)
        .Create(InputShape.Vector(Length), 3, 1);
    private readonly Tensor _inputs;
    private readonly Tensor _labels;

    public NativeMemoryTests()
    {
        using var like = zeros(Rows, Length);
        _inputs = new RowRandom(2).Uniform(like, 0.1, 0.9);
        // Half of the rows are wrong as they are: every attack has rows that stand and rows that leave.
        using var logits = _network.call(_inputs);
        using var right = logits.argmax(1);
        _labels = tensor(right.data<long>().ToArray().Select((label, row) => row % 2 == 0 ? label : (label + 1) % 3).ToArray());
    }

    public static TheoryData<string> Names => [.. Cheap.Keys];

    public void Dispose()
    {
        _network.Dispose();
        _inputs.Dispose();
        _labels.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AThousandBatches_TakeNoMemory(string attack) =>
        IsFlat(() => Cheap[attack].Perturb(_network, _inputs, AttackGoal.Untargeted(_labels)).Dispose());

    [Theory]
    [InlineData("PGD")]
    [InlineData("APGD-T")]
    [InlineData("FAB-T")]
    [InlineData("Square")]
    [InlineData("HopSkipJump")]
    [InlineData("SPSA")]
    public void AThousandBatchesThatFailMidway_TakeNoMemory(string attack)
    {
        var passes = 0;
        using var failing = new Watched(_network, () =>
        {
            if (++passes % 3 == 0)
                throw new NotSupportedException("No more.");
        });
        IsFlat(() =>
        {
            passes = 0;
            Assert.Throws<NotSupportedException>(() => Cheap[attack].Perturb(failing, _inputs, AttackGoal.Untargeted(_labels)));
        });
    }

    [Theory]
    [InlineData("PGD")]
    [InlineData("APGD-T")]
    [InlineData("FAB-T")]
    [InlineData("Square")]
    [InlineData("HopSkipJump")]
    [InlineData("SPSA")]
    public void AThousandBatchesThatAreCancelled_TakeNoMemory(string attack)
    {
        using var scope = NewDisposeScope();
        var stop = new CancellationTokenSource();
        var passes = 0;
        using var watched = new Watched(_network, () =>
        {
            if (++passes == 2)
                stop.Cancel();
        });
        IsFlat(() =>
        {
            (passes, stop) = (0, new CancellationTokenSource());
            Assert.ThrowsAny<OperationCanceledException>(
                () => Cheap[attack].Perturb(watched, _inputs, AttackGoal.Untargeted(_labels), cancellation: stop.Token));
            stop.Dispose();
        });
    }

    private static void IsFlat(Action batch)
    {
        void Half()
        {
            for (var i = 0; i < Batches / 2; i++)
                batch();
        }

        batch();
        var tensors = LiveTensors.Count();
        Half();
        var before = Resident();
        var growth = long.MaxValue;
        // The runtime's own memory may grow once or twice, as code is compiled anew; what is forgotten in each batch grows in
        // every half.
        for (var half = 0; half < MostHalves && growth >= GrowthAllowed; half++)
        {
            Half();
            var after = Resident();
            (growth, before) = (after - before, after);
        }
        LiveTensors.AssertNoMoreThan(tensors);
        Assert.True(growth < GrowthAllowed,
            $"The process grew by {growth >> 10} KiB in {Batches / 2} batches, and by as much before.");
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }

    /// <summary>Another network, before each pass of which something happens.</summary>
    private sealed class Watched(Module<Tensor, Tensor> network, Action before) : Module<Tensor, Tensor>(nameof(Watched))
    {
        public override Tensor forward(Tensor input)
        {
            before();
            return network.call(input);
        }
    }
}

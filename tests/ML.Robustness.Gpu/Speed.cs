using System.Diagnostics;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Gpu;

/// <summary>What the library costs over the bare calls of the same arithmetic, in one process and in turn.</summary>
internal static class Speed
{
    private const int Classes = 10;
    private static readonly InputShape Shape = new(3, 32, 32);
    private static readonly ThreatModel Ball = ThreatModel.LInf(8 / 255.0);

    public static void Run(Device device, int rounds, int rows, Log log)
    {
        log.Line($"speed: 3×32×32, {rows} rows, {rounds} rounds in turn, medians; floor: bare TorchSharp of the same passes");
        foreach (var (name, isTf32) in new[] { ("fp32", false), ("TF32", true) })
        {
            Gpu.UseTf32(device, isTf32);
            foreach (var architecture in new[] { ModelArchitecture.ResidualNet(), ModelArchitecture.ConvNet() })
                Network($"{architecture} {name}", architecture, device, rounds, rows, log);
        }

        using (var scope = NewDisposeScope())
        {
            using var network = AttackChecks.Network(ModelArchitecture.ResidualNet(), Shape, Classes, device)
                .to(ScalarType.BFloat16);
            var floor = new BareLoops(network, Images(device, rows).to(ScalarType.BFloat16), Labels(device, rows));
            Compare("ResidualNet(64) bf16, ten bare passes", rows, rounds, device, log, ("floor", () => floor.Passes(10)));
        }

        Draws(device, rounds, rows, log);
    }

    private static Tensor Images(Device device, int rows) =>
        new RowRandom(5).Uniform(zeros(Shape.Batch(rows), device: device), 0, 1);

    private static Tensor Labels(Device device, int rows) => arange(rows, ScalarType.Int64, device).remainder(Classes);

    private static void Network(string title, ModelArchitecture architecture, Device device, int rounds, int rows, Log log)
    {
        using var scope = NewDisposeScope();
        using var network = AttackChecks.Network(architecture, Shape, Classes, device);
        using (new ModelScope(network))
        {
            var (images, labels) = (Images(device, rows), Labels(device, rows));
            var floor = new BareLoops(network, images, labels);
            var pgd = new ProjectedGradientDescent(Ball) { Steps = 10 };
            var all = new ProjectedGradientDescent(Ball) { Steps = 10, BatchSize = rows };
            Compare($"PGD-10, {title}", rows, rounds, device, log,
                ("ten bare passes", () => floor.Passes(10)),
                ("bare PGD-10", () => floor.Descend(10)),
                ("ours, passes of 256", () => pgd.Perturb(network, images, AttackGoal.Untargeted(labels)).Dispose()),
                ("ours, one pass", () => all.Perturb(network, images, AttackGoal.Untargeted(labels)).Dispose()));
            var some = Math.Min(rows, 128);
            var (few, theirs) = (images.narrow(0, 0, some), labels.narrow(0, 0, some));
            var bare = new BareLoops(network, images, labels);
            void Smooth(int passSize) => new Saliency { BatchSize = passSize }.Smoothed(50)
                .Attribute(network, few, AttributionTarget.Labels(theirs)).Dispose();
            Compare($"SmoothGrad-50 of {some} rows, {title}", some, rounds, device, log,
                ("bare, passes of 512", () => bare.Smooth(some, 50)),
                ("ours, passes of 128", () => Smooth(128)),
                ("ours, passes of 512", () => Smooth(512)));
            Tensor predicted;
            using (no_grad())
                predicted = network.call(images).argmax(1);
            var weak = ThreatModel.LInf(1e-4);
            foreach (var attack in new Attack[]
            {
                new AutoProjectedGradientDescent(weak) { Steps = 20, BatchSize = rows },
                new FastAdaptiveBoundary(weak) { Steps = 10, BatchSize = rows },
                new SquareAttack(weak) { Queries = 100, BatchSize = rows },
            })
            {
                var passes = attack is SquareAttack ? 100 : attack is FastAdaptiveBoundary ? 90 : 20;
                Compare($"{attack}, {title}", rows, Math.Min(rounds, 3), device, log,
                    ("as many bare passes", () =>
                    {
                        if (attack is SquareAttack)
                            floor.Forward(passes);
                        else
                            floor.Passes(passes);
                    }
                ),
                    ("ours", () => attack.Perturb(network, images, AttackGoal.Untargeted(predicted)).Dispose()));
            }
        }

        Training(title, architecture, device, rounds, rows, log);
    }

    private static void Training(string title, ModelArchitecture architecture, Device device, int rounds, int rows, Log log)
    {
        const int Steps = 4;
        using var scope = NewDisposeScope();
        using var network = architecture.Create(Shape, Classes, 1).to(device);
        using var plain = architecture.Create(Shape, Classes, 1).to(device);
        using var data = LabeledDataset.FromTensors(
            Images(CPU, Steps * rows).mul(255).to(ScalarType.Byte), Labels(CPU, Steps * rows), Shape, Classes);
        var loop = new BareLoops(plain, Images(device, rows), Labels(device, rows));
        using var optimizer = optim.SGD(plain.parameters(), 0.01, 0.9, 0, 5e-4);
        var trainer = new RobustTrainer
        {
            Objective = new AdversarialObjective(new ProjectedGradientDescent(Ball) { Steps = 7 }),
            Optimizer = new SgdOptions { LearningRate = 0.01 },
            Epochs = 1,
            BatchSize = rows,
        };
        Compare($"{Steps} steps of PGD-7 training, {title}", Steps * rows, rounds, device, log,
            ("bare", () => loop.Train(optimizer, 7, Steps)),
            ("ours, an epoch with its checks", () => trainer.Train(network, data)));
    }

    // Numbers of rows are drawn on the processor: what that costs beside libtorch's own on the device.
    private static void Draws(Device device, int rounds, int rows, Log log)
    {
        using var scope = NewDisposeScope();
        var like = zeros([rows, Shape.Length], device: device);
        var random = new RowRandom(1);
        Compare("drawing numbers", rows, rounds, device, log,
            ("normal_ on the device", () => empty_like(like).normal_().Dispose()),
            ("RowRandom.Uniform", () => random.Uniform(like, 0, 1).Dispose()),
            ("RowRandom.Normal", () => random.Normal(like).Dispose()));
    }

    private static void Compare(
        string title, int rows, int rounds, Device device, Log log, params (string Name, Action Work)[] cases)
    {
        log.Line($"{title}");
        var waits = cases.Select(one =>
        {
            Seconds(one.Work, device);
            return Waits.Of(() => Bare(one.Work));
        }).ToArray();
        var times = cases.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < cases.Length; i++)
                times[i].Add(Seconds(cases[i].Work, device));
        }

        for (var i = 0; i < cases.Length; i++)
        {
            var ratio = Median(times[i].Zip(times[0], (mine, floor) => mine / floor));
            var (seconds, waited) = (Median(times[i]), waits[i] is { } count ? $", {count} waits" : "");
            log.Line($"  {cases[i].Name}: {1000 * seconds:0.0} ms, {rows / seconds:0} rows/s, ratio {ratio:0.00}{waited}");
        }
    }

    private static void Bare(Action work)
    {
        using var scope = NewDisposeScope();
        work();
    }

    private static double Seconds(Action work, Device device)
    {
        Gpu.Wait(device);
        var watch = Stopwatch.StartNew();
        Bare(work);
        Gpu.Wait(device);
        return watch.Elapsed.TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

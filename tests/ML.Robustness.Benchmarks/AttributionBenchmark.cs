using System.Diagnostics;
using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>What SmoothGrad costs, as ratios to the passes that it cannot do without and to PyTorch's loops.</summary>
internal static class AttributionBenchmark
{
    private const int Images = 64;
    private const int Samples = 50;
    private const int FloorPass = 256;

    /// <summary>Times and prints.</summary>
    /// <param name="rounds">How often each case is run, in rotation.</param>
    /// <param name="threads">libtorch's threads.</param>
    /// <param name="captumFolder">A folder with the package captum, which is timed too; null for none.</param>
    internal static void Run(int rounds, int threads, string? captumFolder)
    {
        set_num_threads(threads);
        Speed(rounds, threads, captumFolder);
        Memory();
    }

    // The floor: the same network in default strides, forward and backward to the input, nothing else.
    private static void Speed(int rounds, int threads, string? captumFolder)
    {
        Console.WriteLine(
            $"SmoothGrad of {Samples} samples, {Images} images 1×28×28, {threads} threads, {rounds} rounds; "
                + $"floor: {Images * Samples} rows forward and backward of the same layers in default "
                + $"strides, {FloorPass} at once");
        using var scope = NewDisposeScope();
        var images = rand(Images, 1, 28, 28);
        var labels = arange(Images).remainder(10);
        using var network = ModelArchitecture.ConvNet().Create(new InputShape(1, 28, 28), 10, seed: 1);
        using var plain = Sequential(
            Conv2d(1, 32, 3, 1, 1), ReLU(), MaxPool2d(2), Conv2d(32, 64, 3, 1, 1), ReLU(), MaxPool2d(2),
            Flatten(), Linear(3136, 128), ReLU(), Linear(128, 10));
        foreach (var parameter in plain.parameters())
            parameter.requires_grad_(false);
        var rows = rand(FloorPass, 1, 28, 28);
        var classes = arange(FloorPass).remainder(10).unsqueeze(1);

        void Floor()
        {
            for (long first = 0; first < Images * Samples; first += FloorPass)
            {
                using var one = NewDisposeScope();
                var count = Math.Min(FloorPass, Images * Samples - first);
                var variable = rows.narrow(0, 0, count).detach().requires_grad_(true);
                autograd.backward(plain.call(variable).gather(1, classes.narrow(0, 0, count)).sum(), inputs: [variable]);
            }
        }

        var cases = new List<(string Name, Func<(double Clock, double Processor)> Round)> { ("floor", () => Timed(Floor)) };
        foreach (var size in new[] { 64, 128, 256 })
        {
            var method = new Saliency { BatchSize = size }.Smoothed(Samples);
            cases.Add(
                ($"ours, passes of {size}{(size == new Saliency().BatchSize ? " (default)" : "")}",
                    () => Timed(() => method.Attribute(network, images, AttributionTarget.Labels(labels)).Dispose())));
        }

        using var loop = PythonLoop.Start("smoothgrad.py", threads, 1);
        if (loop is null)
            Console.WriteLine("no python3 with PyTorch on the path: its loops are left out");
        else
            cases.Add(("PyTorch loop, passes of 64", () => Times(loop)));
        using var captum = captumFolder is null ? null : PythonLoop.Start("smoothgrad.py", threads, 1, captumFolder);
        if (captum is not null)
            cases.Add(("captum's NoiseTunnel, passes of 64", () => Times(captum)));
        Compare(cases, rounds);
    }

    private static (double Clock, double Processor) Times(PythonLoop loop) =>
        loop.Numbers() is [var clock, var processor] ? (clock, processor)
            : throw new InvalidOperationException(
                "Expected two numbers of the PyTorch loop: its milliseconds, on the clock and of the processor.");

    private static (double Clock, double Processor) Timed(Action work)
    {
        var clock = 0.0;
        var processor = BusySeconds(() => clock = Seconds(work));
        return (1000 * clock, 1000 * processor);
    }

    private static void Compare(List<(string Name, Func<(double Clock, double Processor)> Round)> cases, int rounds)
    {
        foreach (var (_, round) in cases)
            round();
        var times = cases.ConvertAll(_ => new List<(double Clock, double Processor)>());
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < cases.Count; i++)
                times[i].Add(cases[i].Round());
        }

        for (var i = 0; i < cases.Count; i++)
        {
            var clock = Median(times[i].Zip(times[0], (mine, floor) => mine.Clock / floor.Clock));
            var processor = Median(times[i].Zip(times[0], (mine, floor) => mine.Processor / floor.Processor));
            Console.WriteLine(
                $"  {cases[i].Name}: {Median(times[i].Select(time => time.Clock)):0} ms, "
                        + $"processor {Median(times[i].Select(time => time.Processor)):0} ms; ratio to the floor {clock:0.00}, "
                        + $"by processor time {processor:0.00}");
        }
    }

    private static void Memory()
    {
        using var scope = NewDisposeScope();
        var images = rand(Images, 1, 28, 28);
        using var network = ModelArchitecture.ConvNet().Create(new InputShape(1, 28, 28), 10, seed: 1);
        foreach (var samples in new[] { Samples, 10 * Samples })
        {
            new Saliency().Smoothed(samples).Attribute(network, images).Dispose();
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(
                $"  peak memory of the process after {samples} samples: {process.PeakWorkingSet64 / 1e6:0} MB");
        }
    }
}

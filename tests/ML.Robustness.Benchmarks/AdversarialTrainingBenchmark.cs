using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;

namespace ML.Robustness.Benchmarks;

/// <summary>Steps of PGD-7 adversarial training of the default ConvNet, batch 256, here and in a plain PyTorch loop, in
/// rotation.</summary>
internal static class AdversarialTrainingBenchmark
{
    private const int BatchSize = 256;

    internal static void Run(int rounds, int steps, int threads)
    {
        set_num_threads(threads);
        Console.WriteLine(
            $"PGD-7 adversarial training, ConvNet on 1×28×28, batch {BatchSize}, {threads} threads, {steps} steps a "
                + $"round, {rounds} rounds");
        using var data = RandomImages(steps * BatchSize);
        using var network = ModelArchitecture.ConvNet().Create(data.Shape, data.Classes, seed: 1);
        using var python = PythonLoop.Start("adversarial_training.py", steps, threads);
        if (python is null) Console.WriteLine(
            "No python3 with torch here (Debian: apt-get install python3-torch), so there is nothing to compare with.");

        Train(network, data);
        python?.Round();
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(Train(network, data));
            if (python is not null) theirs.Add(python.Round());
            Console.WriteLine(
                python is null ? $"  {ours[^1]:0} images/s"
                    : $"  ML.Robustness {ours[^1]:0} images/s, PyTorch {theirs[^1]:0} images/s, "
                            + $"ratio {ours[^1] / theirs[^1]:0.00}");
        }

        Console.WriteLine(python is null
            ? $"median: {Median(ours):0} images/s"
            : $"median: ML.Robustness {Median(ours):0} images/s, PyTorch {Median(theirs):0} images/s, "
                    + $"ratio {Median(ours.Zip(theirs, (a, b) => a / b)):0.00}");
    }

    private static double Train(nn.Module<Tensor, Tensor> network, LabeledDataset data)
    {
        var trainer = new RobustTrainer
        {
            Objective = new AdversarialObjective(
                new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7, StepSize = 0.025 }),
            Optimizer = new SgdOptions { LearningRate = 0.01 },
            Epochs = 1,
            BatchSize = BatchSize,
        };
        return trainer.Train(network, data).Epochs[0].RowsPerSecond;
    }

    private static LabeledDataset RandomImages(int rows)
    {
        var random = new Random(1);
        var pixels = new byte[rows * 28 * 28];
        random.NextBytes(pixels);
        using var scope = NewDisposeScope();
        return LabeledDataset.FromTensors(tensor(pixels).view(rows, 28 * 28),
            tensor(Enumerable.Range(0, rows).Select(i => i % 10L).ToArray()), new InputShape(1, 28, 28), 10);
    }
}

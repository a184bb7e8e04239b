using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Gpu;

/// <summary>A few steps with every objective and every addition; the same again, and from a checkpoint.</summary>
internal static class TrainingChecks
{
    private static readonly InputShape Shape = new(3, 8, 8);
    private static readonly Attack Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.03)) { Steps = 3 };

    private static Dictionary<string, RobustTrainer> Trainers => new()
    {
        ["standard, SGD"] = Trainer(new StandardObjective(), new SgdOptions { LearningRate = 0.05, Nesterov = true }),
        ["standard, clipped"] = new() { Objective = new StandardObjective(), GradientClip = 0.1, Epochs = 2, BatchSize = 32 },
        ["PGD, AdamW"] = Trainer(new AdversarialObjective(Attack), new AdamWOptions()),
        ["fast, with its check"] = Trainer(
            new FastAdversarialObjective(ThreatModel.LInf(0.03)), new SgdOptions { LearningRate = 0.05 }),
        ["TRADES"] = Trainer(new TradesObjective(ThreatModel.LInf(0.03)) { Steps = 3 }, new SgdOptions { LearningRate = 0.05 }),
        ["MART"] = Trainer(new MartObjective(Attack), new SgdOptions { LearningRate = 0.05 }),
        ["average of weights, perturbed weights, cut and mirrored"] = new()
        {
            Objective = new AdversarialObjective(Attack),
            WeightAverage = new WeightAverage { Decay = 0.5 },
            WeightPerturbation = new AdversarialWeightPerturbation(),
            Augmentation = new CropAndFlip { Padding = 1 },
            Epochs = 2,
            BatchSize = 32,
        },
        ["moved and turned"] = new()
        {
            Objective = new StandardObjective(),
            Augmentation = new RandomAffine(),
            Epochs = 2,
            BatchSize = 32,
        },
    };

    public static IEnumerable<Check> All()
    {
        foreach (var name in Trainers.Keys)
            yield return new("training, float32", name, found => Train(found, Trainers[name]), 1e-2, 0.02);
        yield return new("training, float32", "the same again", Twice, 0.1);
        yield return new("training, float32", "from a checkpoint", Resumed, 0.1);
    }

    private static RobustTrainer Trainer(TrainingObjective objective, TrainingOptimizerOptions optimizer) =>
        new() { Objective = objective, Optimizer = optimizer, Epochs = 2, BatchSize = 32 };

    private static void Train(Findings found, RobustTrainer trainer)
    {
        using var data = SuiteChecks.Data(Shape, 128, 5);
        using var network = ModelArchitecture.ConvNet(8, 16).Create(Shape, 5, 1).to(found.Device);
        var report = trainer.Train(network, data, data);
        found.Add("losses", report.Epochs.Select(epoch => epoch.Loss));
        found.Add("clean accuracies", report.Epochs.Select(epoch => epoch.CleanAccuracy ?? -1));
        found.Add("robust accuracies", report.Epochs.Select(epoch => epoch.RobustAccuracy ?? -1));
        foreach (var (name, parameter) in network.named_parameters())
            found.Add(name, parameter);
    }

    private static Module<Tensor, Tensor> Network(Device device)
    {
        const string Name = "gpu-check";
        ModelArchitecture.Register(Name,
            (_, classes) => Sequential(
                Conv2d(3, 8, 3, 1, 1, device: CPU, dtype: ScalarType.Float32), ReLU(), Flatten(),
                Linear(512, classes, device: CPU, dtype: ScalarType.Float32)));
        return ModelArchitecture.Registered(Name).Create(Shape, 5, seed: 1).to(device);
    }

    // Kernels that add in any order may round otherwise, by no more than that.
    private static void Twice(Findings found)
    {
        var weights = new List<double[]>();
        for (var run = 0; run < 2; run++)
        {
            using var data = SuiteChecks.Data(Shape, 128, 5);
            using var network = Network(found.Device);
            Trainer(new StandardObjective(), new SgdOptions { LearningRate = 0.05 }).Train(network, data);
            weights.Add(Weights(network));
        }

        found.AddVerdicts("weights equal to 0.0001", [IsClose(weights[0], weights[1])]);
    }

    private static void Resumed(Findings found)
    {
        var path = Path.GetTempFileName();
        File.Delete(path);
        try
        {
            using var data = SuiteChecks.Data(Shape, 128, 5);
            using var whole = Network(found.Device);
            Kept(path).Train(whole, data);
            File.Delete(path);
            using var cut = new CancellationTokenSource();
            using var first = Network(found.Device);
            try
            {
                Kept(path, new AfterAnEpoch(cut)).Train(first, data, null, cut.Token);
            }
            catch (OperationCanceledException)
            {
            }

            using var rest = Network(found.Device);
            var resumed = Kept(path).Train(rest, data).ResumedEpochs;
            found.AddVerdicts("epochs resumed, weights equal to 0.0001", [resumed, IsClose(Weights(whole), Weights(rest))]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double[] Weights(Module<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        return [.. network.parameters().SelectMany(parameter =>
            parameter.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray())];
    }

    private static RobustTrainer Kept(string path, IProgress<EpochReport>? progress = null) => new()
    {
        Objective = new AdversarialObjective(Attack),
        Epochs = 3,
        BatchSize = 32,
        CheckpointPath = path,
        Progress = progress,
    };

    private static long IsClose(double[] one, double[] other) =>
        one.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4) ? 1 : 0;

    private sealed class AfterAnEpoch(CancellationTokenSource cut) : IProgress<EpochReport>
    {
        public void Report(EpochReport value) => cut.Cancel();
    }
}

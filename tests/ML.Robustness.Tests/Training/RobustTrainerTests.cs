using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Objectives;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Training;

public class RobustTrainerTests
{
    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    public static TheoryData<string> Objectives => ["Standard", "Adversarial", "TRADES", "MART", "Fast"];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Train_EachObjective_LearnsTheTask(string name)
    {
        using var training = TrainingFixtures.Quadrants(400, bytes: true);
        using var validation = TrainingFixtures.Quadrants(101, seed: 2);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var report = Trainer(name, epochs: 6).Train(network, training, validation);
        Assert.Equal(6, report.Epochs.Count);
        Assert.True(report.Best.CleanAccuracy > 0.95, $"clean {report.Best.CleanAccuracy}");
        if (name != "Standard") Assert.True(report.Best.RobustAccuracy > 0.7, $"robust {report.Best.RobustAccuracy}");
        else Assert.Null(report.Best.RobustAccuracy);
        Assert.All(report.Epochs, epoch => Assert.True(double.IsFinite(epoch.Loss) && epoch.RowsPerSecond > 0));
    }

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Train_SameSeed_GivesTheSameWeightsBitForBit(string name)
    {
        byte[][] Run(ulong seed)
        {
            using var training = TrainingFixtures.Quadrants(70);
            using var network = TrainingFixtures.ConvolutionalNetwork(dropout: 0.3);
            Trainer(name, epochs: 2, seed).Train(network, training);
            return TrainingFixtures.Weights(network);
        }

        var first = Run(5);
        Assert.Equal(first, Run(5));
        Assert.NotEqual(first, Run(6));
    }

    [Fact]
    public void Train_Adversarial_IsMoreRobustThanStandard()
    {
        using var training = TrainingFixtures.Quadrants(400);
        using var validation = TrainingFixtures.Quadrants(200, seed: 2);
        double Robust(TrainingObjective objective)
        {
            using var network = TrainingFixtures.ConvolutionalNetwork();
            var trainer = new RobustTrainer
            {
                Objective = objective,
                ValidationAttack = new ProjectedGradientDescent(ThreatModel.LInf(0.15)),
                Epochs = 8,
                BatchSize = 32,
                Optimizer = new AdamWOptions { LearningRate = 5e-3 },
            };
            return trainer.Train(network, training, validation).Best.RobustAccuracy!.Value;
        }

        var standard = Robust(new StandardObjective());
        var adversarial = Robust(new AdversarialObjective(new ProjectedGradientDescent(ThreatModel.LInf(0.15)) { Steps = 7 }));
        Assert.True(adversarial > standard, $"standard {standard}, adversarial {adversarial}");
    }

    [Fact]
    public void Train_WithValidation_EndsWithTheWeightsOfTheBestEpochByRobustAccuracy()
    {
        using var training = TrainingFixtures.Quadrants(64);
        using var validation = TrainingFixtures.Quadrants(64, seed: 2);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var states = new List<byte[][]>();
        var trainer = Trainer("Adversarial", epochs: 6, progress: _ => states.Add(TrainingFixtures.Weights(network)), rate: 0.05);
        var report = trainer.Train(network, training, validation);

        var best = report.Epochs.MaxBy(epoch => epoch.RobustAccuracy)!;
        Assert.Equal(best, report.Best);
        Assert.Equal(states[best.Epoch - 1], TrainingFixtures.Weights(network));
        var highest = double.NegativeInfinity;
        foreach (var epoch in report.Epochs)
        {
            Assert.Equal(epoch.RobustAccuracy > highest, epoch.IsBest);
            highest = Math.Max(highest, epoch.RobustAccuracy!.Value);
        }
    }

    [Fact]
    public void Train_ValidationAccuracies_AreThoseOfTheKeptWeights()
    {
        using var training = TrainingFixtures.Quadrants(64);
        using var validation = TrainingFixtures.Quadrants(61, seed: 2);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var trainer = new RobustTrainer
        {
            Objective = new AdversarialObjective(new FastGradientMethod(Threat)),
            ValidationAttack = new FastGradientMethod(Threat),
            WeightAverage = new WeightAverage { Decay = 0.8 },
            Epochs = 3,
            BatchSize = 16,
        };
        var best = trainer.Train(network, training, validation).Best;

        network.eval();
        using var scope = NewDisposeScope();
        using var batch = validation.Batches(61, null).Single();
        var right = network.call(batch.Inputs).argmax(1).eq(batch.Labels);
        Assert.Equal(right.sum().item<long>() / 61.0, best.CleanAccuracy!.Value, 12);
        using var attacked = new FastGradientMethod(Threat).Perturb(network, batch.Inputs, AttackGoal.Untargeted(batch.Labels));
        var stands = attacked.Success.logical_not().logical_and(right).sum().item<long>();
        Assert.Equal(stands / 61.0, best.RobustAccuracy!.Value, 12);
    }

    [Fact]
    public void Train_WithoutValidation_ReportsTheTrainingBatchesAndKeepsTheLastEpoch()
    {
        using var training = TrainingFixtures.Quadrants(64);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var report = Trainer("TRADES", epochs: 2).Train(network, training);
        Assert.All(report.Epochs,
            epoch => Assert.True(epoch is { CleanAccuracy: >= 0 and <= 1, RobustAccuracy: >= 0 and <= 1, IsBest: true }));
        Assert.Same(report.Epochs[1], report.Best);
        using var other = TrainingFixtures.ConvolutionalNetwork();
        Assert.Null(Trainer("Adversarial", epochs: 1).Train(other, training).Best.CleanAccuracy);
    }

    [Fact]
    public void Train_ReportsEpochsAndBatchesOnTheTrainingThread()
    {
        using var training = TrainingFixtures.Quadrants(64);
        using var validation = TrainingFixtures.Quadrants(20, seed: 2);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var (epochs, batches, thread) = (new List<EpochReport>(), new List<TrainingProgress>(),
            Environment.CurrentManagedThreadId);
        var trainer = new RobustTrainer
        {
            Epochs = 3,
            BatchSize = 16,
            Schedule = LearningRateSchedule.Cosine,
            Progress = new TestProgress<EpochReport>(epoch =>
            {
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                epochs.Add(epoch);
            }),
            BatchProgress = new TestProgress<TrainingProgress>(batches.Add),
        };
        var report = trainer.Train(network, training, validation);
        Assert.Equal(report.Epochs, epochs);
        Assert.Equal([1, 2, 3], epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(TimeSpan.Zero, epochs[^1].Remaining);
        Assert.True(epochs[0].Remaining > TimeSpan.Zero);
        Assert.Equal(1e-3 * LearningRateSchedule.Cosine.Factor(11, 12), epochs[2].LearningRate, 12);
        Assert.Equal(3 * (4 + 1), batches.Count);
        Assert.Equal([1L, 2, 3, 4, 1], batches.Take(5).Select(batch => batch.Batch));
        Assert.Equal([4L, 4, 4, 4, 1], batches.Take(5).Select(batch => batch.Batches));
        Assert.Equal([false, false, false, false, true], batches.Take(5).Select(batch => batch.IsValidation));
        Assert.Equal(Enumerable.Range(1, 15).Select(part => part / 15.0), batches.Select(batch => batch.Share),
            (expected, share) => Math.Abs(expected - share) < 1e-12);
    }

    [Fact]
    public void BatchProgress_MovesWithinALongBatch_AndLeavesNoHook()
    {
        using var training = TrainingFixtures.Quadrants(16);
        using var network = new SlowNetwork();
        var reports = new List<TrainingProgress>();
        var trainer = new RobustTrainer
        {
            Objective = new AdversarialObjective(new ProjectedGradientDescent(Threat) { Steps = 10 }),
            Epochs = 1,
            BatchSize = 16,
            BatchProgress = new TestProgress<TrainingProgress>(reports.Add),
        };
        trainer.Train(network, training);
        Assert.InRange(reports.Count, 3, 6);
        Assert.All(reports.Take(reports.Count - 1), report => Assert.Equal(0, report.Batch));
        Assert.All(reports.Zip(reports.Skip(1)), pair => Assert.True(pair.First.Share < pair.Second.Share));
        Assert.InRange(reports[0].Share, 0.1, 0.6);
        Assert.Equal(1, reports[^1].Share);
        var told = reports.Count;
        network.call(zeros(1, 1, 8, 8)).Dispose();
        Thread.Sleep(1100);
        network.call(zeros(1, 1, 8, 8)).Dispose();
        Assert.Equal(told, reports.Count);
    }

    [Fact]
    public void Train_LeavesFlagsGradientsAndTheGeneratorAsTheyWere()
    {
        using var training = TrainingFixtures.Quadrants(40);
        using var network = TrainingFixtures.ConvolutionalNetwork(dropout: 0.2);
        network.eval();
        network.get_parameter("conv1.weight")!.requires_grad = false;
        var conv1 = network.get_parameter("conv1.weight")!.bytes.ToArray();
        using var before = get_rng_state();
        Trainer("Adversarial", epochs: 1).Train(network, training);
        using var after = get_rng_state();
        Assert.True(before.bytes.SequenceEqual(after.bytes));
        Assert.All(network.modules(), module => Assert.False(module.training));
        Assert.All(network.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.All(network.named_parameters(),
            entry => Assert.Equal(entry.name != "conv1.weight", entry.parameter.requires_grad));
        Assert.Equal(conv1, network.get_parameter("conv1.weight")!.bytes.ToArray());
    }

    [Fact]
    public void Train_LeavesNothingAlive()
    {
        using var training = TrainingFixtures.Quadrants(40);
        using var validation = TrainingFixtures.Quadrants(20, seed: 2);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var full = Full(3);
        full.Train(network, training, validation);
        var before = LiveTensors.Count();
        var counts = new HashSet<long>();
        Full(4, _ => counts.Add(Tensor.TotalCount)).Train(network, training, validation);
        LiveTensors.AssertNoMoreThan(before);
        Assert.Single(counts);
    }

    [Fact]
    public void Train_Cancelled_ThrowsAndLeavesFlags()
    {
        using var training = TrainingFixtures.Quadrants(64);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        network.eval();
        using var source = new CancellationTokenSource();
        var batches = 0;
        var trainer = new RobustTrainer
        {
            BatchSize = 16,
            BatchProgress = new TestProgress<TrainingProgress>(_ =>
            {
                if (++batches == 3) source.Cancel();
            }),
        };
        Assert.Throws<OperationCanceledException>(() => trainer.Train(network, training, null, source.Token));
        Assert.Equal(3, batches);
        Assert.All(network.modules(), module => Assert.False(module.training));
    }

    [Fact]
    public void Train_FastWhoseRobustnessCollapses_EndsWithTheWeightsFromBefore()
    {
        using var training = TrainingFixtures.Quadrants(64);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        var states = new List<byte[][]>();
        var trainer = new RobustTrainer
        {
            // The rate of the third epoch destroys what the first two learnt.
            Objective = new FastAdversarialObjective(Threat),
            Epochs = 6,
            BatchSize = 8,
            Optimizer = new SgdOptions { LearningRate = 0.05 },
            Schedule = new JumpSchedule(),
            Progress = new TestProgress<EpochReport>(_ => states.Add(TrainingFixtures.Weights(network))),
        };
        var report = trainer.Train(network, training);
        Assert.True(report.CatastrophicOverfitting);
        Assert.Equal([false, false, true], report.Epochs.Select(epoch => epoch.CatastrophicOverfitting));
        Assert.Equal(2, report.Best.Epoch);
        Assert.Equal(states[1], TrainingFixtures.Weights(network));
    }

    [Fact]
    public void Train_StreamedData_FollowsPoolAndSeedAndBytesEqualFloats()
    {
        byte[][] Run(LabeledDataset data)
        {
            using (data)
            {
                using var network = TrainingFixtures.ConvolutionalNetwork();
                new RobustTrainer { Epochs = 1, BatchSize = 30 }.Train(network, data);
                return TrainingFixtures.Weights(network);
            }
        }

        var streamed = Run(TrainingFixtures.StreamedQuadrants(60, poolRows: 10));
        Assert.Equal(streamed, Run(TrainingFixtures.StreamedQuadrants(60, poolRows: 10)));
        Assert.NotEqual(streamed, Run(TrainingFixtures.StreamedQuadrants(60, poolRows: 20)));
        Assert.Equal(Run(TrainingFixtures.Quadrants(60, bytes: true)), Run(TrainingFixtures.Quadrants(60)));
    }

    [Fact]
    public void Train_WithAugmentation_ChangesTheRun()
    {
        byte[][] Run(Augmentation? augmentation)
        {
            using var data = TrainingFixtures.Quadrants(60);
            using var network = TrainingFixtures.ConvolutionalNetwork();
            new RobustTrainer { Epochs = 1, Augmentation = augmentation }.Train(network, data);
            return TrainingFixtures.Weights(network);
        }

        Assert.Equal(Run(new CropAndFlip { Padding = 1 }), Run(new CropAndFlip { Padding = 1 }));
        Assert.NotEqual(Run(null), Run(new CropAndFlip { Padding = 1 }));
        Assert.Equal(Run(null), Run(new CropAndFlip { Padding = 0, Flip = false }));
    }

    private static RobustTrainer Full(int epochs, Action<EpochReport>? progress = null) => new()
    {
        Objective = new TradesObjective(Threat) { Steps = 2 },
        Epochs = epochs,
        BatchSize = 16,
        Optimizer = new SgdOptions(),
        WeightAverage = new WeightAverage(),
        WeightPerturbation = new AdversarialWeightPerturbation(),
        GradientClip = 1,
        Augmentation = new CropAndFlip { Padding = 1 },
        Progress = progress is null ? null : new TestProgress<EpochReport>(progress),
    };

    private static RobustTrainer Trainer(string name, int epochs, ulong seed = 0, Action<EpochReport>? progress = null,
        double rate = 5e-3) => new()
        {
            Objective = name switch
            {
                "Standard" => new StandardObjective(),
                "Adversarial" => new AdversarialObjective(new ProjectedGradientDescent(Threat) { Steps = 3 }),
                "TRADES" => new TradesObjective(Threat) { Steps = 3 },
                "MART" => new MartObjective(new ProjectedGradientDescent(Threat) { Steps = 3 }),
                _ => new FastAdversarialObjective(Threat),
            },
            Epochs = epochs,
            BatchSize = 32,
            Seed = seed,
            Optimizer = new AdamWOptions { LearningRate = rate },
            Progress = progress is null ? null : new TestProgress<EpochReport>(progress),
        };

    private sealed class JumpSchedule : LearningRateSchedule
    {
        public override double Factor(long iteration, long total) => iteration < total / 3 ? 1 : 400;
    }

    private sealed class SlowNetwork : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> network = TrainingFixtures.ConvolutionalNetwork();

        internal SlowNetwork()
            : base(nameof(SlowNetwork)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            Thread.Sleep(300);
            return network.call(input);
        }
    }
}

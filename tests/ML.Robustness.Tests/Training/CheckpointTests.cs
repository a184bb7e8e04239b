using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Objectives;
using ML.Robustness.Persistence;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("run.ckpt");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    [InlineData("average")]
    [InlineData("perturbation")]
    [InlineData("fast")]
    [InlineData("one-cycle")]
    [InlineData("streamed")]
    [InlineData("no validation")]
    [InlineData("everything")]
    public void Train_KilledAndResumed_EndsAsAnUnbrokenRun(string variant)
    {
        var (unbroken, _) = Run(variant, null);
        Assert.False(File.Exists(Path));
        var (killed, _) = Run(variant, Path, killInEpoch: 3);
        Assert.NotEqual(unbroken, killed);
        var (resumed, report) = Run(variant, Path);
        Assert.Equal(2, report!.ResumedEpochs);
        Assert.Equal([1, 2, 3, 4], report.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(unbroken, resumed);
    }

    [Fact]
    public void Train_ResumedReports_AreThoseOfAnUnbrokenRun()
    {
        var (_, unbroken) = Run("everything", null);
        Run("everything", Path, killInEpoch: 4);
        var (_, resumed) = Run("everything", Path);
        Assert.Equal(
            unbroken!.Epochs.Select(
                epoch => (epoch.Epoch, epoch.Loss, epoch.CleanAccuracy, epoch.RobustAccuracy, epoch.LearningRate, epoch.IsBest)),
            resumed!.Epochs.Select(
                epoch => (epoch.Epoch, epoch.Loss, epoch.CleanAccuracy, epoch.RobustAccuracy, epoch.LearningRate, epoch.IsBest)));
        Assert.Equal(unbroken.Best.Epoch, resumed.Best.Epoch);
    }

    [Fact]
    public void Train_ChannelsLastNetwork_ResumesBitForBit()
    {
        byte[][] Train(string? path, int killInEpoch = 0)
        {
            using var data = TrainingFixtures.Quadrants(64);
            using var network = TrainingFixtures.ChannelsLastNetwork();
            Assert.Equal(2, network.parameters().Count(weight => weight.dim() == 4 && weight.stride(1) == 1));
            using var source = new CancellationTokenSource();
            var trainer = new RobustTrainer
            {
                Optimizer = new SgdOptions { LearningRate = 0.02 },
                WeightAverage = new WeightAverage { Decay = 0.9 },
                Epochs = 4,
                BatchSize = 16,
                CheckpointPath = path,
                BatchProgress = new TestProgress<TrainingProgress>(batch =>
                {
                    if (batch.Epoch == killInEpoch) source.Cancel();
                }),
            };
            if (killInEpoch > 0) Assert.Throws<OperationCanceledException>(
                () => trainer.Train(network, data, null, source.Token));
            else trainer.Train(network, data, null, source.Token);
            return TrainingFixtures.Weights(network);
        }

        var unbroken = Train(null);
        Train(Path, killInEpoch: 3);
        Assert.Equal(unbroken, Train(Path));
    }

    [Fact]
    public void Train_FinishedCheckpoint_GivesItsWeightsWithoutTraining()
    {
        var (first, _) = Run("average", Path);
        var (again, report) = Run("average", Path);
        Assert.Equal(4, report!.ResumedEpochs);
        Assert.Equal(first, again);
    }

    [Fact]
    public void Train_ResumeFalse_StartsAnew()
    {
        var (first, _) = Run("sgd", Path);
        var (again, report) = Run("sgd", Path, resume: false);
        Assert.Equal(0, report!.ResumedEpochs);
        Assert.Equal(first, again);
    }

    [Fact]
    public void Train_CheckpointOfACollapsedRun_StaysCollapsed()
    {
        TrainingReport Train()
        {
            using var data = TrainingFixtures.Quadrants(64);
            using var network = TrainingFixtures.ConvolutionalNetwork();
            var trainer = new RobustTrainer
            {
                Objective = new FastAdversarialObjective(Threat),
                Epochs = 6,
                BatchSize = 8,
                Optimizer = new SgdOptions { LearningRate = 0.05 },
                Schedule = new Jump(),
                CheckpointPath = Path,
            };
            return trainer.Train(network, data);
        }

        var first = Train();
        var again = Train();
        Assert.True(first.CatastrophicOverfitting && again.CatastrophicOverfitting);
        Assert.Equal(first.Epochs.Count, again.ResumedEpochs);
        Assert.Equal(first.Epochs, again.Epochs);
    }

    [Theory]
    [InlineData("Epochs", "Epochs is 9, in the checkpoint 4")]
    [InlineData("BatchSize", "BatchSize is 8, in the checkpoint 16")]
    [InlineData("Seed", "Seed is 1, in the checkpoint 0")]
    [InlineData("Optimizer",
        "Optimizer is SgdOptions { LearningRate = 0.1, Momentum = 0.9, Nesterov = false, WeightDecay = 0.0005 }, "
            + "in the checkpoint AdamWOptions { Beta1 = 0.9, Beta2 = 0.999, LearningRate = 0.001, WeightDecay = 0.0005 }")]
    [InlineData("Schedule", "Schedule is OneCycle with its peak at 0.3, in the checkpoint Cosine")]
    [InlineData("WeightAverage", "WeightAverage is WeightAverage { Decay = 0.999 }, in the checkpoint none")]
    [InlineData("Objective", "Objective is AdversarialObjective { Attack = ProjectedGradientDescent { ")]
    [InlineData("Rows", "the number of training rows is 65, in the checkpoint 64")]
    [InlineData("Data", "the digest of the training rows is ")]
    public void Train_CheckpointOfOtherSettings_NamesWhatDiffers(string what, string expected)
    {
        using var data = TrainingFixtures.Quadrants(64);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        new RobustTrainer { Epochs = 4, BatchSize = 16, CheckpointPath = Path }.Train(network, data);
        var before = File.ReadAllBytes(Path);
        var weights = TrainingFixtures.Weights(network);

        using var other = TrainingFixtures.Quadrants(what == "Rows" ? 65 : 64, seed: what == "Data" ? 9 : 1);
        var trainer = new RobustTrainer
        {
            Epochs = what == "Epochs" ? 9 : 4,
            BatchSize = what == "BatchSize" ? 8 : 16,
            Seed = what == "Seed" ? 1UL : 0,
            Optimizer = what == "Optimizer" ? new SgdOptions() : new AdamWOptions(),
            Schedule = what == "Schedule" ? LearningRateSchedule.OneCycle(0.3) : LearningRateSchedule.Cosine,
            WeightAverage = what == "WeightAverage" ? new WeightAverage() : null,
            Objective = what == "Objective" ? new AdversarialObjective(new ProjectedGradientDescent(Threat) { Steps = 3 })
                : new StandardObjective(),
            CheckpointPath = Path,
        };
        var error = Assert.Throws<InvalidOperationException>(() => trainer.Train(network, other));
        Assert.StartsWith($"Checkpoint '{Path}' is of a run with other settings: {expected}", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path));
        Assert.Equal(weights, TrainingFixtures.Weights(network));
    }

    [Fact]
    public void Train_CheckpointOfAnotherNetwork_NamesTheTensor()
    {
        using var data = TrainingFixtures.Quadrants(64);
        using (var network = TrainingFixtures.ConvolutionalNetwork())
            new RobustTrainer { Epochs = 1, CheckpointPath = Path }.Train(network, data);
        using var wider = TrainingFixtures.ConvolutionalNetwork(width: 7);
        var error = Assert.Throws<InvalidOperationException>(
            () => new RobustTrainer { Epochs = 1, CheckpointPath = Path }.Train(wider, data));
        Assert.StartsWith(
            $"Checkpoint '{Path}' is of another network: tensor 0 of the network is 'conv1.weight' Float32 [7, 1, 3, 3], in the "
                + $"checkpoint 'conv1.weight' Float32 [6, 1, 3, 3].",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_DamagedCheckpoint_Throws()
    {
        Run("sgd", Path, killInEpoch: 2);
        var whole = File.ReadAllBytes(Path);
        foreach (var length in new[] { 8, 20, 45, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(Path, whole[..length]);
            Assert.Equal(
                $"'{Path}' is a training checkpoint that is truncated or damaged. Give another path, or delete the file to train "
                    + "from the start.",
                Assert.Throws<InvalidDataException>(() => Run("sgd", Path)).Message);
        }

        foreach (var position in new[] { 10, 100, whole.Length / 2, whole.Length - 1 })
        {
            var damaged = (byte[])whole.Clone();
            damaged[position] ^= 0x10;
            File.WriteAllBytes(Path, damaged);
            Assert.Throws<InvalidDataException>(() => Run("sgd", Path));
        }

        File.WriteAllText(Path, "These are somebody's notes.");
        Assert.StartsWith($"'{Path}' is not a training checkpoint.",
            Assert.Throws<InvalidDataException>(() => Run("sgd", Path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path, []);
        Assert.Throws<InvalidDataException>(() => Run("sgd", Path));
    }

    [Fact]
    public void Train_FolderMissing_ThrowsBeforeTraining()
    {
        var path = _folder.PathOf("missing/run.ckpt");
        var error = Assert.Throws<IOException>(() => Run("sgd", path));
        Assert.Equal(
            $"Cannot write '{path}': the folder '{System.IO.Path.GetDirectoryName(path)}' does not exist. Create it first.",
            error.Message);
        Assert.StartsWith($"Cannot write '{_folder}': it is a folder.",
            Assert.Throws<IOException>(() => Run("sgd", $"{_folder}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_DiskFull_ThrowsAndTheOldFileSurvives()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        AtomicFile.Write(Path, stream => stream.Write("the old one"u8));
        File.CreateSymbolicLink(Path + ".partial", "/dev/full");
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(Path, stream => stream.Write(new byte[1 << 20])));
        Assert.StartsWith($"Cannot write '{Path}': ", error.Message, StringComparison.Ordinal);
        Assert.Contains("What the file held before is still there", error.Message, StringComparison.Ordinal);
        Assert.Equal("the old one", File.ReadAllText(Path));
        Assert.Equal([Path], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public void Train_DiskFullAtAnEpochsEnd_LeavesTheLastCheckpoint()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        using var data = TrainingFixtures.Quadrants(64);
        using var network = TrainingFixtures.ConvolutionalNetwork();
        byte[]? first = null;
        var trainer = new RobustTrainer
        {
            Epochs = 3,
            CheckpointPath = Path,
            Progress = new TestProgress<EpochReport>(_ =>
            {
                first = File.ReadAllBytes(Path);
                File.CreateSymbolicLink(Path + ".partial", "/dev/full");
            }),
        };
        Assert.Throws<IOException>(() => trainer.Train(network, data));
        Assert.Equal(first, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public void Write_Interrupted_LeavesTheOldFile()
    {
        AtomicFile.Write(Path, stream => stream.Write("the old one"u8));
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(Path, stream =>
        {
            stream.WriteByte(1);
            throw new OperationCanceledException();
        }));
        Assert.Equal("the old one", File.ReadAllText(Path));
        Assert.Equal([Path], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public void Train_WithCheckpoints_LeavesNothingAlive()
    {
        Run("everything", Path, killInEpoch: 3);
        using var network = TrainingFixtures.ConvolutionalNetwork(dropout: 0.25);
        var before = LiveTensors.Count();
        Run("everything", Path, given: network);
        LiveTensors.AssertNoMoreThan(before);
    }

    private static (byte[][] Weights, TrainingReport? Report) Run(string variant, string? path, int killInEpoch = 0,
        bool resume = true, Sequential? given = null)
    {
        var everything = variant == "everything";
        using var data = variant == "streamed" || everything ? TrainingFixtures.StreamedQuadrants(64, poolRows: 20)
            : TrainingFixtures.Quadrants(64);
        using var validation = variant == "no validation" ? null : TrainingFixtures.Quadrants(30, seed: 2);
        using var own = given is null ? TrainingFixtures.ConvolutionalNetwork(dropout: 0.25) : null;
        var network = given ?? own!;
        using var source = new CancellationTokenSource();
        var trainer = new RobustTrainer
        {
            Objective = variant == "fast" || everything ? new FastAdversarialObjective(Threat)
                : new AdversarialObjective(new ProjectedGradientDescent(Threat) { Steps = 2 }),
            ValidationAttack = new FastGradientMethod(Threat),
            Epochs = 4,
            BatchSize = 16,
            Optimizer = variant == "sgd" || everything
                ? new SgdOptions { LearningRate = everything ? 1e-3 : 0.02, Nesterov = true }
                : new AdamWOptions { LearningRate = 5e-3 },
            Schedule = variant == "one-cycle" || everything ? LearningRateSchedule.OneCycle() : LearningRateSchedule.Cosine,
            WeightAverage = variant == "average" || everything ? new WeightAverage { Decay = 0.9 } : null,
            WeightPerturbation = variant == "perturbation" || everything
                ? new AdversarialWeightPerturbation { WarmUpEpochs = 1 } : null,
            Augmentation = everything ? new CropAndFlip { Padding = 1 } : null,
            GradientClip = everything ? 1 : null,
            CheckpointPath = path,
            Resume = resume,
            BatchProgress = new TestProgress<TrainingProgress>(batch =>
            {
                if (batch.Epoch == killInEpoch && batch.Batch == 2) source.Cancel();
            }),
        };
        TrainingReport? report = null;
        if (killInEpoch > 0) Assert.Throws<OperationCanceledException>(
            () => trainer.Train(network, data, validation, source.Token));
        else report = trainer.Train(network, data, validation, source.Token);
        return (TrainingFixtures.Weights(network), report);
    }

    private sealed class Jump : LearningRateSchedule
    {
        public override double Factor(long iteration, long total) => iteration < total / 3 ? 1 : 400;
    }
}

using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

/// <summary>What the options do to a run.</summary>
public class TrainingTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void SameSeed_GivesTheSameWeights()
    {
        using var one = TwoDimensionalClasses.Fitted(new MLContext(seed: 5));
        using var other = TwoDimensionalClasses.Fitted(new MLContext(seed: 5));
        using var given = TwoDimensionalClasses.Fitted(new MLContext(seed: 77), options => options.Seed = 5);
        using var different = TwoDimensionalClasses.Fitted(new MLContext(seed: 6));
        Assert.Equal(TwoDimensionalClasses.Weights(one), TwoDimensionalClasses.Weights(other));
        Assert.Equal(TwoDimensionalClasses.Weights(one), TwoDimensionalClasses.Weights(given));
        Assert.NotEqual(TwoDimensionalClasses.Weights(one), TwoDimensionalClasses.Weights(different));
    }

    [Fact]
    public void NoSeed_DrawsOneForEachFit()
    {
        var ml = new MLContext();
        var trainer = TwoDimensionalClasses.Trainer(ml, options => options.Epochs = 1);
        using var one = trainer.Fit(TwoDimensionalClasses.Keyed(ml));
        using var other = trainer.Fit(TwoDimensionalClasses.Keyed(ml));
        Assert.NotEqual(TwoDimensionalClasses.Weights(one), TwoDimensionalClasses.Weights(other));
    }

    [Fact]
    public void Options_AreCopied_AndNotWrittenTo()
    {
        var options = TwoDimensionalClasses.Options(o => o.Epochs = 2);
        var trainer = _ml.MulticlassClassification.Trainers.AdversarialTraining(options);
        var before = Describe(options);
        using var one = trainer.Fit(TwoDimensionalClasses.Keyed(_ml));
        Assert.Equal(before, Describe(options));
        options.Epochs = 5;
        options.LabelColumnName = "Absent";
        using var other = trainer.Fit(TwoDimensionalClasses.Keyed(_ml));
        Assert.Equal(TwoDimensionalClasses.Weights(one), TwoDimensionalClasses.Weights(other));
    }

    [Fact]
    public void Options_RefuseWhatCannotBe()
    {
        var options = new AdversarialTrainer.Options();
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Epochs = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.BatchSize = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.ShufflePoolRows = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.ValidationFraction = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.ValidationFraction = double.NaN);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.GradientClip = 0);
        Assert.Throws<ArgumentException>(() => options.LabelColumnName = "");
        Assert.Throws<ArgumentNullException>(() => options.FeatureColumnName = null!);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Attack = new ProjectedGradientDescent(ThreatModel.LInf(-0.1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => options.Attack = new ProjectedGradientDescent(ThreatModel.L2(double.NaN)));
        Assert.Throws<ArgumentNullException>(() => _ml.MulticlassClassification.Trainers.AdversarialTraining(null!));
    }

    [Fact]
    public void Options_ThatContradictEachOther_SaySo()
    {
        var both = Assert.Throws<ArgumentException>(
            () => TwoDimensionalClasses.Trainer(_ml, options => options.Objective = new TradesObjective(ThreatModel.LInf(0.1))));
        Assert.Contains("Set one of them: an objective brings its own attack.", both.Message, StringComparison.Ordinal);
        var sets = Assert.Throws<ArgumentException>(
            () => TwoDimensionalClasses.Trainer(_ml,
                options => (options.ValidationSet, options.ValidationFraction) = (TwoDimensionalClasses.Keyed(_ml), 0.1)));
        Assert.Contains("ValidationFraction are both set", sets.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Objectives_AndTheOtherOptions_Train()
    {
        TrainingObjective[] objectives = [new StandardObjective(), new TradesObjective(ThreatModel.LInf(0.05)),
            new MartObjective(TwoDimensionalClasses.Attack), new FastAdversarialObjective(ThreatModel.LInf(0.05))];
        foreach (var objective in objectives)
        {
            using var classifier = TwoDimensionalClasses.Fitted(_ml, options =>
            {
                (options.Attack, options.Objective, options.Epochs) = (null, objective, 6);
                (options.Schedule, options.GradientClip) = (LearningRateSchedule.OneCycle(), 5);
                (options.WeightAverage, options.WeightPerturbation) = (new WeightAverage { Decay = 0.9 },
                    new AdversarialWeightPerturbation { WarmUpEpochs = 1 });
            });
            var data = TwoDimensionalClasses.Keyed(_ml);
            var accuracy = _ml.MulticlassClassification.Evaluate(classifier.Transform(data)).MicroAccuracy;
            Assert.True(accuracy >= 0.9, $"{objective}: {accuracy}");
        }
    }

    [Fact]
    public void Log_HasALineForEachEpoch()
    {
        var lines = new List<LoggingEventArgs>();
        _ml.Log += (_, line) => lines.Add(line);
        using var classifier = TwoDimensionalClasses.Fitted(_ml);
        var epochs = lines.Where(line => line.Kind == ChannelMessageKind.Info).ToList();
        Assert.Equal(3, epochs.Count);
        Assert.All(epochs, line => Assert.Equal("AdversarialTraining; Training", line.Source));
        for (var epoch = 1; epoch <= 3; epoch++)
            Assert.Matches(
                new Regex(
                    $@"^Epoch {epoch}/3: loss \d+\.\d{{4}}(, clean accuracy [01]\.\d{{4}})?, robust accuracy [01]\.\d{{4}}, "
                        + @"\d+ rows/s, \d\d:\d\d:\d\d left$"),
                epochs[epoch - 1].RawMessage);
    }

    [Fact]
    public void Log_OfAnEpoch_IsInInvariantNumbers() => Assert.Equal(
        "Epoch 2/30: loss 0.1250, clean accuracy 0.9600, robust accuracy 0.7500, 516 rows/s, 00:01:05 left",
        EpochLog.Line(
            new EpochReport
            {
                Epoch = 2,
                Epochs = 30,
                Loss = 0.125,
                CleanAccuracy = 0.96,
                RobustAccuracy = 0.75,
                RowsPerSecond = 516.4,
                Remaining = TimeSpan.FromSeconds(65)
            }));

    [Fact]
    public void Progress_HearsOfEpochsAndBatches()
    {
        var epochs = new Heard<EpochReport>();
        var batches = new Heard<TrainingProgress>();
        using var classifier = TwoDimensionalClasses.Fitted(_ml,
            options => (options.Progress, options.BatchProgress) = (epochs, batches));
        Assert.Equal([1, 2, 3], epochs.Values.Select(report => report.Epoch));
        Assert.Equal(3 * 6, batches.Values.Count);
    }

    [Fact]
    public void ValidationSet_ChoosesTheBestEpoch()
    {
        var epochs = new Heard<EpochReport>();
        using var classifier = TwoDimensionalClasses.Fitted(_ml,
            options => (options.ValidationSet, options.Progress) = (TwoDimensionalClasses.Keyed(_ml, rows: 30, seed: 8), epochs));
        Assert.All(epochs.Values, report => Assert.InRange(report.RobustAccuracy!.Value, 0, report.CleanAccuracy!.Value));
        Assert.True(epochs.Values[0].IsBest);
    }

    [Fact]
    public void ValidationFraction_HoldsRowsBack()
    {
        var epochs = new Heard<TrainingProgress>();
        using var inMemory = TwoDimensionalClasses.Fitted(_ml,
            options => (options.ValidationFraction, options.BatchProgress) = (0.3, epochs));
        Assert.Contains(epochs.Values, progress => progress.IsValidation);
        Assert.InRange(epochs.Values.Count(progress => progress is { IsValidation: false, Epoch: 1 }), 3, 5);
    }

    [Fact]
    public void ValidationFraction_TooSmall_SaysSo()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => TwoDimensionalClasses.Fitted(_ml, options => options.ValidationFraction = 1e-9));
        Assert.StartsWith("A fraction of 1E-09 of 90 rows leaves none to validate on.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValidationSet_ThatDoesNotFit_SaysSo()
    {
        var raw = Assert.Throws<ArgumentException>(
            () => TwoDimensionalClasses.Fitted(_ml, options => options.ValidationSet = TwoDimensionalClasses.View(_ml)));
        Assert.StartsWith("The validation set does not fit the training data. Could not find label column 'Label'.", raw.Message,
            StringComparison.Ordinal);

        var reordered = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make().Skip(1));
        var otherKeys = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(reordered).Transform(reordered);
        var keys = Assert.Throws<ArgumentException>(
            () => TwoDimensionalClasses.Fitted(_ml, options => options.ValidationSet = otherKeys));
        Assert.Contains("stands for other values than the training data's", keys.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Streamed_LearnsAsWell_AndTheSameEachTime()
    {
        using var one = TwoDimensionalClasses.Fitted(_ml, options => (options.ShufflePoolRows, options.Epochs) = (16, 8));
        using var other = TwoDimensionalClasses.Fitted(_ml, options => (options.ShufflePoolRows, options.Epochs) = (16, 8));
        Assert.Equal(TwoDimensionalClasses.Weights(one), TwoDimensionalClasses.Weights(other));
        Assert.True(_ml.MulticlassClassification.Evaluate(one.Transform(TwoDimensionalClasses.Keyed(_ml))).MicroAccuracy >= 0.95);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(16)]
    public void Checkpoint_OfAKilledRun_GoesOnToTheSameWeights(int? pool)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("run.checkpoint");
        void Change(AdversarialTrainer.Options options) =>
            (options.ShufflePoolRows, options.Epochs, options.WeightAverage) = (pool, 4, new WeightAverage { Decay = 0.9 });
        using var unbroken = TwoDimensionalClasses.Fitted(_ml, Change);

        using var kill = new CancellationTokenSource();
        var epochs = new Heard<EpochReport>(report => { if (report.Epoch == 2) kill.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => TwoDimensionalClasses.Fitted(_ml, options =>
        {
            Change(options);
            (options.CheckpointPath, options.CancellationToken, options.Progress) = (path, kill.Token, epochs);
        }));
        using var resumed = TwoDimensionalClasses.Fitted(_ml, options =>
        {
            Change(options);
            options.CheckpointPath = path;
        });
        Assert.Equal(TwoDimensionalClasses.Weights(unbroken), TwoDimensionalClasses.Weights(resumed));
    }

    [Fact]
    public void Checkpoint_OfAnotherArchitecture_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("run.checkpoint");
        using var first = TwoDimensionalClasses.Fitted(_ml, options => options.CheckpointPath = path);
        var error = Assert.Throws<InvalidOperationException>(
            () => TwoDimensionalClasses.Fitted(_ml,
                options => (options.CheckpointPath, options.Architecture) = (path, ModelArchitecture.MultilayerPerceptron(5))));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_InCrossValidation_IsAFileForEachFold()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("run.checkpoint");
        List<double> Accuracies(string? checkpoint)
        {
            var data = TwoDimensionalClasses.Keyed(_ml);
            var trainer = TwoDimensionalClasses.Trainer(
                _ml, options => (options.CheckpointPath, options.Seed) = (checkpoint, 3));
            return [.. _ml.MulticlassClassification.CrossValidate(data, trainer, numberOfFolds: 3, seed: 5)
                .Select(fold => fold.Metrics.LogLoss)];
        }
        var plain = Accuracies(null);
        Assert.Equal(plain, Accuracies(path));
        Assert.Equal(["run.checkpoint", "run.checkpoint.2", "run.checkpoint.3"],
            Directory.GetFiles(folder.PathOf("")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // A second process goes on from the files of the same folds.
        Assert.Equal(plain, Accuracies(path));
    }

    [Fact]
    public void Checkpoint_ThatCannotBeWritten_SaysSoBeforeTraining()
    {
        using var folder = new TemporaryFolder();
        var epochs = new Heard<EpochReport>();
        var error = Assert.Throws<IOException>(
            () => TwoDimensionalClasses.Fitted(_ml,
                options => (options.CheckpointPath, options.Progress) = (folder.PathOf("absent/run.checkpoint"), epochs)));
        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
        Assert.Empty(epochs.Values);
    }

    [Fact]
    public void Gpu_ThatIsNotThere_IsAnErrorOnlyWithoutFallback()
    {
        var gpu = cuda.is_available() ? cuda.device_count() : 0;
        var warnings = new List<string>();
        _ml.Log += (_, line) => { if (line.Kind == ChannelMessageKind.Warning) warnings.Add(line.RawMessage); };
        (_ml.GpuDeviceId, _ml.FallbackToCpu) = (gpu, true);
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        Assert.StartsWith($"MLContext.GpuDeviceId asks for GPU {gpu}, but libtorch finds", Assert.Single(warnings),
            StringComparison.Ordinal);
        Assert.Equal(DeviceType.CPU, classifier.Network.parameters().First().device_type);

        _ml.FallbackToCpu = false;
        var error = Assert.Throws<InvalidOperationException>(() => TwoDimensionalClasses.Fitted(_ml));
        Assert.Contains("and MLContext.FallbackToCpu is false.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gpu_ThatIsThere_TrainsAndScores()
    {
        Assert.SkipUnless(cuda.is_available(), "libtorch finds no GPU here.");
        (_ml.GpuDeviceId, _ml.FallbackToCpu) = (0, false);
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 8);
        Assert.Equal(DeviceType.CUDA, classifier.Network.parameters().First().device_type);
        Assert.True(
            _ml.MulticlassClassification.Evaluate(classifier.Transform(TwoDimensionalClasses.Keyed(_ml))).MicroAccuracy >= 0.95);
    }

    [Theory]
    [InlineData("wide", "must return (N, 3) for inputs of 4")]
    [InlineData("deep", "The network registered as 'deep' does not take inputs of 4:")]
    [InlineData("bare", "no parameters")]
    [InlineData("unheard-of", "call ModelArchitecture.Register(\"unheard-of\", …) first")]
    public void Network_OfTheUsers_ThatDoesNotFit_SaysSo(string name, string expected)
    {
        ModelArchitecture.Register("wide", (shape, classes) => nn.Sequential(nn.Linear(shape.Length, classes + 1)));
        ModelArchitecture.Register("deep", (shape, classes) => nn.Sequential(nn.Linear(shape.Length + 1, classes)));
        ModelArchitecture.Register("bare", (shape, classes) => new Bare(classes));
        LiveTensors.AssertNoneLeft(() =>
        {
            var error = Assert.ThrowsAny<Exception>(
                () => TwoDimensionalClasses.Fitted(_ml, options => options.Architecture = ModelArchitecture.Registered(name)));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }, () => { if (name is "wide" or "deep") nn.Linear(4, 4).Dispose(); });
    }

    [Fact]
    public void Network_ForImages_OnVectors_SaysSo()
    {
        var error = Assert.ThrowsAny<ArgumentException>(
            () => TwoDimensionalClasses.Fitted(_ml, options => options.Architecture = ModelArchitecture.ConvNet(4, 8)));
        Assert.Contains("image", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Loss_ThatIsNoLongerFinite_SaysSo()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => TwoDimensionalClasses.Fitted(_ml, options => options.Optimizer = new SgdOptions { LearningRate = 1e30 }));
        Assert.Contains("no longer finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FitAndDispose_LeaveNoNativeTensorsBehind() =>
        LiveTensors.AssertNoneLeft(() => TwoDimensionalClasses.Fitted(_ml).Dispose(), TwoDimensionalClasses.BareNetwork);

    private static string Describe(AdversarialTrainer.Options options) =>
        string.Join("; ",
            typeof(AdversarialTrainer.Options).GetProperties()
                .Select(property => $"{property.Name} {property.GetValue(options)}"));

    private sealed class Heard<T>(Action<T>? then = null) : IProgress<T>
    {
        public List<T> Values { get; } = [];

        public void Report(T value)
        {
            Values.Add(value);
            then?.Invoke(value);
        }
    }

    private sealed class Bare(int classes) : nn.Module<Tensor, Tensor>(nameof(Bare))
    {
        public override Tensor forward(Tensor input) => input.narrow(1, 0, classes);
    }
}

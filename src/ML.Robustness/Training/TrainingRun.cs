using System.Globalization;
using System.Runtime.InteropServices;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.Persistence;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>One run of a <see cref="RobustTrainer"/>: checks, epochs, validation, checkpoints.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const ulong OrderUse = 1, RowUse = 2, NetworkUse = 3, ValidationUse = 4, OverfittingUse = 5;
    private const ulong AugmentationStream = 0, CraftStream = 1;
    private const double OverfittingTolerance = 0.2;
    private static readonly TimeSpan LossReadEvery = TimeSpan.FromSeconds(0.25);

    private readonly RobustTrainer _trainer;
    private readonly Module<Tensor, Tensor> _model;
    private readonly LabeledDataset _training;
    private readonly LabeledDataset? _validation;
    private readonly CancellationToken _cancellation;
    private readonly Attack? _validationAttack;
    private readonly Parameter[] _parameters;
    private readonly Device _device;
    private readonly TrainingClock _clock;
    private readonly List<EpochReport> _epochs = [];
    private OwnedPath? _checkpointPath;
    private OptimizerHelper? _optimizer;
    private ModelState? _average;
    private ModelState? _best;
    private double? _bestScore;
    private double? _checkAccuracy;
    private (string Name, string Value)[] _settings = [];
    private long _batches;
    private long _validationBatches;

    internal TrainingRun(RobustTrainer trainer, Module<Tensor, Tensor> model, LabeledDataset training, LabeledDataset? validation,
        CancellationToken cancellation)
    {
        (_trainer, _model, _training, _validation, _cancellation) = (trainer, model, training, validation, cancellation);
        _validationAttack = trainer.EffectiveValidationAttack;
        _parameters = [.. TrainingChecks.TrainableParameters(model).Select(entry => entry.Value)];
        _device = _parameters[0].device;
        _clock = new TrainingClock(trainer.Epochs);
    }

    internal TrainingReport Run()
    {
        Prepare();
        var resumed = _epochs.Count;
        using (new TrainingFlags(_model))
        {
            while (_epochs.Count < _trainer.Epochs && !(_epochs.Count > 0 && _epochs[^1].CatastrophicOverfitting))
            {
                RunEpoch(_epochs.Count);
                if (_checkpointPath is { } path) SaveCheckpoint(path);
                _trainer.Progress?.Report(_epochs[^1]);
            }
        }

        (_best ?? _average)?.CopyTo(_model);
        return new TrainingReport
        {
            Epochs = _epochs,
            Best = _epochs.Last(epoch => epoch.IsBest),
            ResumedEpochs = resumed,
            Duration = _clock.Run
        };
    }

    public void Dispose()
    {
        _checkpointPath?.Dispose();
        _optimizer?.Dispose();
        _average?.Dispose();
        _best?.Dispose();
    }

    private bool KeepsBest => _validation is not null || _trainer.Objective.OverfittingCheck is not null;

    private void Prepare()
    {
        var path = _trainer.CheckpointPath;
        if (path is not null) _checkpointPath = OwnedPath.Take(path);
        if (_validation is not null) TrainingChecks.Alike(_training, _validation);
        var summary = TrainingChecks.Training(_training, _trainer.Objective.ThreatModel, path is not null, _cancellation);
        var validationSummary = _validation is null ? null
            : TrainingChecks.Validation(_validation, _validationAttack?.ThreatModel, path is not null, _cancellation);
        TrainingChecks.Output(_model, _training, _device);
        _batches = BatchPlan.Count(summary.Rows, _trainer.BatchSize);
        _validationBatches = validationSummary is null ? 0 : Validation.Batches(validationSummary.Rows);
        _optimizer = _trainer.Optimizer.Create(_parameters);
        if (_trainer.WeightAverage is not null) _average = ModelState.Capture(_model);
        if (path is null) return;
        _settings = Settings(summary, validationSummary);
        if (_trainer.Resume && File.Exists(path)) ResumeFrom(path);
    }

    private void RunEpoch(int epoch)
    {
        _clock.BeginEpoch();
        using var sums = new EpochSums(_device);
        using var check = new CatastrophicOverfittingCheck();
        var rate = TrainEpoch(epoch, sums, check);
        var loss = CheckedLoss(sums, epoch, _batches);
        var rowsPerSecond = sums.Rows / _clock.Epoch.TotalSeconds;
        var overfitted = HasOverfitted(check, epoch);
        var (clean, robust) = (sums.CleanAccuracy, sums.RobustAccuracy);
        var isBest = !overfitted;
        if (!overfitted && KeepsBest) isBest = Evaluate(epoch, loss, ref clean, ref robust);
        _clock.EndEpoch();
        _epochs.Add(new EpochReport
        {
            Epoch = epoch + 1,
            Epochs = _trainer.Epochs,
            Loss = loss,
            CleanAccuracy = clean,
            RobustAccuracy = robust,
            RowsPerSecond = rowsPerSecond,
            Remaining = overfitted ? TimeSpan.Zero : _clock.RemainingAfter(epoch + 1),
            LearningRate = rate,
            IsBest = isBest,
            CatastrophicOverfitting = overfitted,
        });
    }

    private double TrainEpoch(int epoch, EpochSums sums, CatastrophicOverfittingCheck check)
    {
        var rate = 0.0;
        var done = 0L;
        double? knownLoss = null;
        var readAt = _clock.Epoch;
        var (rowSeed, networkSeed) = (SplitMix64.Derive(_trainer.Seed, RowUse), SplitMix64.Derive(_trainer.Seed, NetworkUse));
        var total = _batches * _trainer.Epochs;
        var passes = new PassProgress(_trainer.BatchProgress is null ? null : Report);
        void Report(double share) => _trainer.BatchProgress?.Report(new TrainingProgress(epoch + 1, _trainer.Epochs, done,
            _batches, false, ShareOf(epoch, done + share), knownLoss, _clock.RemainingIn(epoch, (done + share) / _batches)));
        // A batch has as many passes as the one before it.
        var expected = (double)(_validationAttack?.ExpectedPasses ?? 0) * (_validationAttack?.EotSamples ?? 0) + 1;
        using var counted = new PassCount(_model, passes);
        foreach (var batch in _training.Batches(_trainer.BatchSize,
            SplitMix64.Derive(SplitMix64.Derive(_trainer.Seed, OrderUse), (ulong)epoch)))
        {
            using (batch)
            using (NewDisposeScope())
            {
                _cancellation.ThrowIfCancellationRequested();
                if (_trainer.Objective.OverfittingCheck is not null) check.KeepFirst(batch);
                var iteration = epoch * _batches + done;
                rate = _trainer.Optimizer.LearningRate * _trainer.Schedule.Factor(iteration, total);
                using var seeded = new SeedScope(SplitMix64.Derive(networkSeed, (ulong)iteration));
                passes.Begin(expected);
                try
                {
                    Step(batch, new RowRandom(rowSeed, batch.RowNumbers).Derive((ulong)epoch), rate, epoch, iteration, sums);
                }
                catch (ExternalException error)
                {
                    throw ModelCall.Failed(batch.Inputs, error);
                }
            }

            done++;
            expected = passes.Passes;
            passes.Reported();
            if (_clock.Epoch - readAt > LossReadEvery)
            {
                knownLoss = CheckedLoss(sums, epoch, done);
                readAt = _clock.Epoch;
            }

            Report(0);
        }

        return rate;
    }

    /// <summary>The share of the run that is done after some batches of training and validation in an epoch.</summary>
    private double ShareOf(int epoch, double batches) =>
        (epoch + batches / (_batches + _validationBatches)) / _trainer.Epochs;

    private void Step(LabeledBatch batch, RowRandom random, double rate, int epoch, long iteration, EpochSums sums)
    {
        var (inputs, labels) = (batch.Inputs.to(_device, non_blocking: true), batch.Labels.to(_device, non_blocking: true));
        if (_trainer.Augmentation is { } augmentation) inputs = augmentation.Apply(inputs, random.Derive(AugmentationStream));
        Tensor adversarial;
        using (new ModelScope(_model)) adversarial = _trainer.Objective.Generate(_model, inputs, labels,
            random.Derive(CraftStream), _cancellation);

        foreach (var parameter in _parameters) parameter.grad = null;
        ObjectiveLoss Evaluate() =>
            TrainingChecks.Differentiable(_trainer.Objective.Evaluate(_model, inputs, adversarial, labels));
        using (_trainer.WeightPerturbation is { } awp && epoch >= awp.WarmUpEpochs
            ? PerturbedWeights.Ascend(_model, awp.Gamma, () => Evaluate().Loss) : null)
        {
            var loss = Evaluate();
            loss.Loss.backward();
            sums.Add(loss, labels, batch.Count);
        }

        if (_trainer.GradientClip is { } bound) GradientNorm.Clip(_parameters, bound);
        foreach (var group in _optimizer!.ParamGroups) group.LearningRate = rate;
        _optimizer.step();
        _average?.Average(_model, _trainer.WeightAverage!.At(iteration));
    }

    private static double CheckedLoss(EpochSums sums, int epoch, long batch)
    {
        var loss = sums.Loss;
        return double.IsFinite(loss)
            ? loss
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The training loss is no longer finite ({loss}, seen after batch {batch} of epoch {epoch + 1}). " +
                $"Lower the learning rate, set GradientClip, or normalise the inputs with InputNormalization. If the network's " +
                $"gradient to its input is NaN, an attack cannot follow it: look for square roots and divisions of zero."));
    }

    private bool HasOverfitted(CatastrophicOverfittingCheck batch, int epoch)
    {
        if (_trainer.Objective.OverfittingCheck is not { } check) return false;
        var seed = SplitMix64.Derive(SplitMix64.Derive(_trainer.Seed, OverfittingUse), (ulong)epoch);
        var accuracy = batch.Accuracy(_model, check, seed, _device, _cancellation);
        var overfitted = accuracy < _checkAccuracy - OverfittingTolerance;
        _checkAccuracy = accuracy;
        return overfitted;
    }

    private bool Evaluate(int epoch, double loss, ref double? clean, ref double? robust)
    {
        using var raw = _average is null ? null : ModelState.Capture(_model);
        _average?.CopyTo(_model);
        try
        {
            var score = double.NaN;
            if (_validation is not null)
            {
                (clean, robust) = Validation.Measure(_model, _validation, _validationAttack,
                    SplitMix64.Derive(_trainer.Seed, ValidationUse), _device,
                    share => _trainer.BatchProgress?.Report(new TrainingProgress(epoch + 1, _trainer.Epochs,
                        (long)Math.Round(share * _validationBatches), _validationBatches, true,
                        ShareOf(epoch, _batches + share * _validationBatches), loss, _clock.RemainingIn(epoch, 1))),
                    _cancellation);
                score = (robust ?? clean)!.Value;
            }

            if (_validation is not null && score <= _bestScore) return false;
            _bestScore = score;
            _best?.Dispose();
            _best = ModelState.Capture(_model);
            return true;
        }
        finally
        {
            raw?.CopyTo(_model);
        }
    }

    private (string, string)[] Settings(DatasetInspection training, DatasetInspection? validation) =>
    [
        ("the input shape", _training.Shape.ToString()),
        ("the number of classes", SettingsFingerprint.Of(_training.Classes)),
        ("the number of training rows", SettingsFingerprint.Of(training.Rows)),
        ("the digest of the training rows", training.Digest),
        ("the digest of the validation rows", validation?.Digest ?? "none"),
        (nameof(RobustTrainer.Objective), SettingsFingerprint.Of(_trainer.Objective)),
        (nameof(RobustTrainer.Epochs), SettingsFingerprint.Of(_trainer.Epochs)),
        (nameof(RobustTrainer.BatchSize), SettingsFingerprint.Of(_trainer.BatchSize)),
        (nameof(RobustTrainer.Seed), SettingsFingerprint.Of(_trainer.Seed)),
        (nameof(RobustTrainer.Optimizer), SettingsFingerprint.Of(_trainer.Optimizer)),
        (nameof(RobustTrainer.Schedule), SettingsFingerprint.Of(_trainer.Schedule)),
        (nameof(RobustTrainer.WeightAverage), SettingsFingerprint.Of(_trainer.WeightAverage)),
        (nameof(RobustTrainer.WeightPerturbation), SettingsFingerprint.Of(_trainer.WeightPerturbation)),
        (nameof(RobustTrainer.Augmentation), SettingsFingerprint.Of(_trainer.Augmentation)),
        (nameof(RobustTrainer.GradientClip), SettingsFingerprint.Of(_trainer.GradientClip)),
        (nameof(RobustTrainer.ValidationAttack), SettingsFingerprint.Of(_validation is null ? null : _validationAttack)),
        ("the parameters that are trained",
            string.Join(' ', TrainingChecks.TrainableParameters(_model).Select(entry => entry.Name))),
    ];

    private void SaveCheckpoint(OwnedPath path) => Checkpoint.Write(
        path,
        new CheckpointState { Settings = _settings, Epochs = _epochs, BestScore = _bestScore, CheckAccuracy = _checkAccuracy },
        _model, _optimizer!, _average, _best);

    private void ResumeFrom(string path)
    {
        using var checkpoint = Checkpoint.Read(path);
        checkpoint.CheckBelongsTo(path, _model, _settings, _optimizer!, _parameters);
        checkpoint.Weights.CopyTo(_model);
        checkpoint.Memory.CopyTo(_optimizer!, _parameters);
        _average?.Dispose();
        _average = checkpoint.Average?.LaidOutAs(_model);
        _best = checkpoint.Best?.LaidOutAs(_model);
        (_bestScore, _checkAccuracy) = (checkpoint.State.BestScore, checkpoint.State.CheckAccuracy);
        _epochs.AddRange(checkpoint.State.Epochs);
    }
}

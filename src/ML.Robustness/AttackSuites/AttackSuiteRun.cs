using System.Diagnostics;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttackSuites;

/// <summary>
/// One run of a suite: a pass over the clean rows, then one for each attack. The trainer's validation is such a run, too.
/// </summary>
internal sealed class AttackSuiteRun(
    IReadOnlyList<Attack> attacks, FeatureRanges ranges, Module<Tensor, Tensor> model, LabeledDataset data,
    AttackSuiteOptions settings, CancellationToken cancellation)
{
    /// <summary>
    /// Saving costs at most this share of the time; a small state is saved after each batch, a large one less often.
    /// </summary>
    private const double SavingShare = 0.1;

    private readonly Device _device = settings.Device ?? ModelCall.DeviceOf(model);
    private readonly Stopwatch _sinceSaved = Stopwatch.StartNew();
    private readonly PassProgress _untilDue = new(settings.Progress is null ? null : _ => { });
    private OwnedPath? _statePath;
    private AttackSuiteState _state = null!;
    private int _attacked, _done;
    private TimeSpan _saving;

    internal AttackSuiteResult Run()
    {
        using var owned = settings.StatePath is { } path ? OwnedPath.Take(path) : null;
        _statePath = owned;
        using var frozen = new ModelScope(model);
        var rows = settings.IsChecked
            ? null
            : DatasetInspection.Of(data, "evaluation", ranges, owned is not null, cancellation);
        // Who checks the rows and keeps no state, as training does, merges nothing.
        var run = settings.IsChecked && owned is null ? "" : RunText();
        var identity = new AttackSuiteIdentity(data.FirstRow, rows?.Digest ?? "", owned is null ? "" : LeftOut(),
            WithBatchSize(run));
        if (owned is not null && File.Exists(owned.Path))
        {
            _state = AttackSuiteState.Read(owned.Path, identity, attacks.Count, rows?.Rows);
        }
        else
        {
            _state = new AttackSuiteState(attacks.Count, identity);
            PredictClean();
        }
        try
        {
            for (var attack = 0; attack < attacks.Count; attack++)
                Attack(attack);
            Save(atOnce: true);
        }
        catch (OperationCanceledException)
        {
            Save(atOnce: true);
            throw;
        }
        return new AttackSuiteResult(
            _state, AttackSuiteResult.Names(attacks), new ResultPart(data.FirstRow, _state.Rows, run), settings.KeepInputs,
            settings.AttackAllRows);
    }

    private void PredictClean()
    {
        foreach (var batch in data.Batches(settings.BatchSize, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                using var quiet = no_grad();
                var logits = ModelCall.Forward(settings.Judge ?? model, batch.Inputs.to(_device));
                var predictions = logits.argmax(1).cpu().data<long>().ToArray();
                var labels = batch.Labels.cpu().data<long>().ToArray();
                for (var i = 0; i < labels.Length; i++)
                {
                    if (labels[i] >= logits.shape[1])
                        throw new ArgumentException(
                            $"The network has {logits.shape[1]} classes, but row {batch.RowNumbers[i]} has label {labels[i]}: "
                            + $"labels go from 0 to {logits.shape[1] - 1}.", nameof(data));
                    _state.Add((int)labels[i], (int)predictions[i]);
                }
            }
            ReportClean();
        }
    }

    private void ReportClean()
    {
        if (settings.Progress is null || data.RowCount is not { } rows || (attacks.Count > 0 && !_untilDue.IsDue))
            return;
        _untilDue.Reported();
        var share = (double)_state.Labels.Count / rows;
        settings.Progress.Report(new AttackSuiteProgress(
            "", 0, attacks.Count, _state.Labels.Count, rows, 0,
            attacks.Count == 0 ? share : share * CleanShare / attacks.Count));
    }

    /// <summary>The part of the first attack's share that the pass over the clean rows has.</summary>
    private double CleanShare => 1 / (1 + Passes(attacks[0], 1));

    private static double Passes(Attack attack, int rows) =>
        (double)attack.ExpectedPasses * attack.EotSamples * RowBatches.Split(rows, attack.BatchSize).Count();

    private void Attack(int index)
    {
        if (_state.Finished.TrueForAll(done => done > index))
            return;
        var attack = attacks[index];
        var counts = _state.Statistics[index];
        // Those that this attack succeeded on before an interruption are among its rows, so that progress counts them.
        int[] rows = [.. Enumerable.Range(0, _state.Rows).Where(row => IsAttacked(row, index))];
        int[] open = [.. rows.Where(row => _state.Finished[row] <= index)];
        _done = rows.Length - open.Length;
        var passes = new PassProgress(settings.Progress is null ? null : share => Report(attack, index, rows.Length, share));
        using var network = new QueryCountingModel(model, passes.Pass);
        var watch = Stopwatch.StartNew();
        foreach (var picked in RowSubset.Of(data, open, settings.BatchSize))
        {
            using (picked)
            {
                var gradients = network.GradientQueries;
                _attacked = picked.Places.Length;
                passes.Begin(Passes(attack, _attacked));
                Perturb(attack, index, network, picked);
                counts.GradientQueries += network.GradientQueries - gradients;
                counts.Duration += watch.Elapsed;
                watch.Restart();
                _done += picked.Places.Length;
                foreach (var row in picked.Places)
                    _state.Finished[row] = index + 1;
            }
            Save(atOnce: false);
            watch.Restart();
            Report(attack, index, rows.Length, 0);
            passes.Reported();
        }
        for (var row = 0; row < _state.Rows; row++)
            _state.Finished[row] = Math.Max(_state.Finished[row], index + 1);
        if (rows.Length == 0)
            Report(attack, index, 0, 0);
    }

    private bool IsAttacked(int row, int index) =>
        _state.IsCorrect(row) && settings.Skipped?[row] != true
        && (settings.AttackAllRows || _state.SuccessfulAttack[row] == AttackSuiteState.Robust
            || _state.SuccessfulAttack[row] == index);

    private void Perturb(Attack attack, int index, QueryCountingModel network, RowSubset picked)
    {
        using var scope = NewDisposeScope();
        var inputs = picked.Batch.Inputs.to(_device);
        var goal = AttackGoal.Untargeted(picked.Batch.Labels.to(_device));
        using var result = attack.PerturbRows(
            picked.Places, network, inputs, goal, new RowRandom(settings.Seed, picked.Batch.RowNumbers), cancellation);
        var (reached, predicted) = Judged(result, goal);
        var success = reached.cpu().data<bool>().ToArray();
        var predictions = predicted.cpu().data<long>().ToArray();
        var distances = result.Distances.to(ScalarType.Float64).cpu().data<double>().ToArray();
        var values = settings.KeepInputs ? result.Inputs.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray() : [];
        var length = values.Length / success.Length;
        for (var i = 0; i < success.Length; i++)
        {
            if (!success[i])
                continue;
            var row = picked.Places[i];
            _state.Successes[index].Add(row);
            if (_state.SuccessfulAttack[row] != AttackSuiteState.Robust)
                continue;
            _state.SuccessfulAttack[row] = index;
            _state.Predictions[row] = (int)predictions[i];
            _state.Distances[row] = distances[i];
            if (settings.KeepInputs)
                _state.Inputs[row] = values.AsSpan(i * length, length).ToArray();
        }
        var messages = _state.Messages[index];
        messages.AddRange(result.Messages.Select(message => $"{attack}: {message}").Except(messages).ToArray());
        var counts = _state.Statistics[index];
        counts.Attacked += success.Length;
        counts.Succeeded += success.Count(fooled => fooled);
        counts.Queries += result.Queries.Sum();
    }

    /// <summary>Whether each row has fallen, and its prediction, by the network whose predictions decide.</summary>
    private (Tensor Success, Tensor Predictions) Judged(AttackResult result, AttackGoal goal)
    {
        if (settings.Judge is not { } judge)
            return (result.Success, result.Predictions);
        using var quiet = no_grad();
        var predictions = ModelCall.Forward(judge, result.Inputs).argmax(1);
        return (result.Success.logical_and(goal.IsReachedBy(predictions)), predictions);
    }

    /// <param name="attack">The attack that runs.</param>
    /// <param name="index">Its place.</param>
    /// <param name="rows">All its rows.</param>
    /// <param name="share">The share of the batch being attacked that is done.</param>
    private void Report(Attack attack, int index, int rows, double share)
    {
        if (settings.Progress is null)
            return;
        var robust = Enumerable.Range(0, _state.Labels.Count)
            .Count(row => _state.IsCorrect(row) && _state.SuccessfulAttack[row] == AttackSuiteState.Robust);
        var done = rows == 0 ? 1 : (_done + share * _attacked) / rows;
        if (index == 0)
            done = 1 - (1 - CleanShare) * (1 - done);
        settings.Progress.Report(new AttackSuiteProgress(
            attack.ToString(), index, attacks.Count, _done, rows, robust, (index + done) / attacks.Count));
    }

    private void Save(bool atOnce)
    {
        if (_statePath is null || (!atOnce && _saving > SavingShare * _sinceSaved.Elapsed))
            return;
        var watch = Stopwatch.StartNew();
        _state.Write(_statePath);
        _saving = watch.Elapsed;
        _sinceSaved.Restart();
    }

    /// <summary>All settings of some attacks.</summary>
    internal static string Describe(IEnumerable<Attack> attacks) => string.Join("; ", attacks.Select(SettingsFingerprint.Of));

    /// <summary>What must be equal for results to be merged, a line for each thing.</summary>
    private string RunText()
    {
        string[] lines =
        [
            $"the weights' digest is {ModelWeights.Digest(model)}",
            $"the threat model is {attacks[0].ThreatModel.ExactText}",
            $"the attacks are {Describe(attacks)}",
            $"the seed is {settings.Seed}",
            $"{nameof(AttackSuiteOptions.AttackAllRows)} is {settings.AttackAllRows}",
            $"{nameof(AttackSuiteOptions.KeepInputs)} is {settings.KeepInputs}",
        ];
        return string.Join('\n', lines);
    }

    // A run goes on in the batches it began in; its result does not depend on them.
    private string WithBatchSize(string run) => $"{run}\nthe batch size is {settings.BatchSize}";

    private string LeftOut()
    {
        using var digest = new RowDigest();
        var skipped = settings.Skipped ?? [];
        for (var row = 0; row < skipped.Length; row++)
        {
            if (skipped[row])
                digest.Add(data.FirstRow + row, []);
        }
        return digest.ToString();
    }
}

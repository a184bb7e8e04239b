using System.Diagnostics;
using System.Security.Cryptography;
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
    IReadOnlyList<Attack> attacks, ValueRange range, Module<Tensor, Tensor> model, LabeledDataset data,
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
    private AttackSuiteState _state = new(attacks.Count);
    private string _digest = "";
    private int _attacked;
    private TimeSpan _saving;

    internal AttackSuiteResult Run()
    {
        using var owned = settings.StatePath is { } path ? OwnedPath.Take(path) : null;
        _statePath = owned;
        using var frozen = new ModelScope(model);
        var rows = settings.IsChecked
            ? null
            : DatasetInspection.Of(data, "evaluation", range, owned is not null, cancellation);
        if (owned is not null)
            _digest = Digest(rows?.Digest ?? "");
        if (owned is not null && File.Exists(owned.Path))
            _state = AttackSuiteState.Read(owned.Path, _digest, attacks.Count, rows?.Rows);
        else
            PredictClean();
        try
        {
            for (; _state.Attack < attacks.Count; _state.Attack++, _state.Done = 0)
                Attack(_state.Attack);
            Save(atOnce: true);
        }
        catch (OperationCanceledException)
        {
            Save(atOnce: true);
            throw;
        }
        return new AttackSuiteResult(attacks, _state, settings);
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
                var logits = ModelCall.Forward(model, batch.Inputs.to(_device));
                var predictions = logits.argmax(1).cpu().data<long>().ToArray();
                var labels = batch.Labels.cpu().data<long>().ToArray();
                for (var i = 0; i < labels.Length; i++)
                {
                    if (labels[i] >= logits.shape[1])
                        throw new ArgumentException(
                            $"The network has {logits.shape[1]} classes, but row {batch.RowNumbers[i]} has label {labels[i]}: "
                            + $"labels go from 0 to {logits.shape[1] - 1}.", nameof(data));
                    _state.Labels.Add((int)labels[i]);
                    _state.CleanPredictions.Add((int)predictions[i]);
                    _state.Predictions.Add((int)predictions[i]);
                    _state.SuccessfulAttack.Add(AttackSuiteState.Robust);
                    _state.Distances.Add(double.NaN);
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
        var attack = attacks[index];
        var counts = _state.Statistics[index];
        // Those that this attack succeeded on before an interruption are among its rows, so that its batches are made up alike.
        var rows = Enumerable.Range(0, _state.Labels.Count).Where(row => IsAttacked(row, index)).ToArray();
        if (_state.Done > rows.Length)
            throw new InvalidDataException(
                $"The state '{settings.StatePath}' counts {_state.Done} rows of '{attack}' as done, which attacks {rows.Length}. "
                + "Delete it to attack from the start, or give another path.");
        var passes = new PassProgress(settings.Progress is null ? null : share => Report(attack, index, rows.Length, share));
        using var network = new QueryCountingModel(model, passes.Pass);
        var watch = Stopwatch.StartNew();
        foreach (var picked in RowSubset.Of(data, rows[_state.Done..], settings.BatchSize))
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
                _state.Done += picked.Places.Length;
            }
            Save(atOnce: false);
            watch.Restart();
            Report(attack, index, rows.Length, 0);
            passes.Reported();
        }
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
        var success = result.Success.cpu().data<bool>().ToArray();
        var predictions = result.Predictions.cpu().data<long>().ToArray();
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
        _state.Messages.AddRange(result.Messages.Select(message => $"{attack}: {message}").Except(_state.Messages).ToArray());
        var counts = _state.Statistics[index];
        counts.Attacked += success.Length;
        counts.Succeeded += success.Count(fooled => fooled);
        counts.Queries += result.Queries.Sum();
    }

    /// <param name="attack">The attack that runs.</param>
    /// <param name="index">Its place.</param>
    /// <param name="rows">All its rows.</param>
    /// <param name="share">The share of the batch after <see cref="AttackSuiteState.Done"/> that is done.</param>
    private void Report(Attack attack, int index, int rows, double share)
    {
        if (settings.Progress is null)
            return;
        var robust = Enumerable.Range(0, _state.Labels.Count)
            .Count(row => _state.IsCorrect(row) && _state.SuccessfulAttack[row] == AttackSuiteState.Robust);
        var done = rows == 0 ? 1 : (_state.Done + share * _attacked) / rows;
        if (index == 0)
            done = 1 - (1 - CleanShare) * (1 - done);
        settings.Progress.Report(new AttackSuiteProgress(
            attack.ToString(), index, attacks.Count, _state.Done, rows, robust, (index + done) / attacks.Count));
    }

    private void Save(bool atOnce)
    {
        if (_statePath is null || (!atOnce && _saving > SavingShare * _sinceSaved.Elapsed))
            return;
        var watch = Stopwatch.StartNew();
        _state.Write(_statePath, _digest);
        _saving = watch.Elapsed;
        _sinceSaved.Restart();
    }

    /// <summary>What must be equal for a run to go on, one line each.</summary>
    private string Digest(string rows)
    {
        using var scope = NewDisposeScope();
        using var weights = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in model.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            weights.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            weights.AppendData(value.detach().cpu().contiguous().bytes);
        }
        var skipped = Array.ConvertAll(settings.Skipped ?? [], isSkipped => isSkipped ? (byte)1 : (byte)0);
        string[] lines =
        [
            $"the rows' digest is {rows}",
            $"the weights' digest is {Convert.ToHexString(weights.GetHashAndReset())}",
            $"the threat model is {attacks[0].ThreatModel.ExactText}",
            $"the attacks are {string.Join("; ", attacks.Select(attack => SettingsFingerprint.Of(attack)))}",
            $"the seed is {settings.Seed}",
            $"the batch size is {settings.BatchSize}",
            $"{nameof(AttackSuiteOptions.AttackAllRows)} is {settings.AttackAllRows}",
            $"{nameof(AttackSuiteOptions.KeepInputs)} is {settings.KeepInputs}",
            $"the digest of the rows left out is {Convert.ToHexString(SHA256.HashData(skipped))}",
        ];
        return string.Join('\n', lines);
    }
}

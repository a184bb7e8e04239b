using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>
/// How networks withstand what was crafted against others: a row of the matrix for each source, a column for each target.
/// </summary>
public sealed class TransferMatrix
{
    private const int RowsAtOnce = 256;

    private readonly long[] _clean; // rows classified rightly, by target
    private readonly long[][] _hits; // by source, target
    private readonly double[][] _accuracies;
    private readonly ResultPart _part;

    private TransferMatrix(
        IReadOnlyList<string> sources, IReadOnlyList<string> targets, long[] clean, long[][] hits, ResultPart part)
    {
        (Sources, Targets) = (sources, targets);
        (_clean, _hits, _part) = (clean, hits, part);
        CleanAccuracies = part.Shares(clean);
        _accuracies = Array.ConvertAll(hits, part.Shares);
    }

    /// <summary>The names of the networks that were attacked.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>The names of the networks that were tried on what was found.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>The number of the first row within the whole: 0 but for the matrix of a part.</summary>
    public long FirstRow => _part.FirstRow;

    /// <summary>The number of rows.</summary>
    public long Rows => _part.Rows;

    /// <summary>The share of rows that each target classifies rightly as they are, 0 to 1.</summary>
    public IReadOnlyList<double> CleanAccuracies { get; }

    /// <summary>
    /// The share of rows that a target classifies rightly both as they are and as the attack on the source changed them, 0 to 1.
    /// </summary>
    /// <param name="source">The source's place.</param>
    /// <param name="target">The target's place.</param>
    public double this[int source, int target] => _accuracies[source][target];

    /// <summary>Attacks each source on all rows, and tries every target on what was found.</summary>
    /// <param name="sources">Networks by name; the attack must fit them.</param>
    /// <param name="targets">
    /// Networks by name, of the same inputs and classes; any kind, since only their predictions count.
    /// </param>
    /// <param name="data">The labelled rows, their values inside the threat model's range.</param>
    /// <param name="attack">The attack.</param>
    /// <param name="seed">The seed of the rows' random numbers.</param>
    /// <param name="cancellation">Checked at every pass of the attack.</param>
    /// <returns>The matrix.</returns>
    /// <exception cref="ArgumentException">
    /// There are no networks or rows, or a row lies outside the range or has a label beyond the classes.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A network fails, or an attack that needs gradients meets one without.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static TransferMatrix Measure(
        IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> sources,
        IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> targets,
        LabeledDataset data, Attack attack, ulong seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(attack);
        if (sources.Count == 0 || targets.Count == 0)
            throw new ArgumentException(
                "A transfer needs a network to attack and one to try.", sources.Count == 0 ? nameof(sources) : nameof(targets));
        var rows = DatasetInspection.Of(data, "evaluation", attack.ThreatModel.InputRanges, false, cancellation).Rows;
        string[] lines =
        [
            .. sources.Select(entry => $"the weights' digest of source '{entry.Name}' is {ModelWeights.Digest(entry.Network)}"),
            .. targets.Select(entry => $"the weights' digest of target '{entry.Name}' is {ModelWeights.Digest(entry.Network)}"),
            $"the threat model is {attack.ThreatModel.ExactText}",
            $"the attack is {SettingsFingerprint.Of(attack)}",
            $"the seed is {seed}",
        ];
        var run = string.Join('\n', lines);
        var frozen = sources.Concat(targets).Select(entry => entry.Network).Distinct().Select(network => new ModelScope(network))
            .ToArray();
        try
        {
            var clean = new long[targets.Count];
            var hits = sources.Select(_ => new long[targets.Count]).ToArray();
            var first = 0;
            foreach (var batch in data.Batches(RowsAtOnce, null))
            {
                using (batch)
                    Add(batch, first, sources, targets, attack, seed, clean, hits, cancellation);
                first += batch.Count;
            }
            return new TransferMatrix(
                [.. sources.Select(source => source.Name)], [.. targets.Select(target => target.Name)], clean, hits,
                new ResultPart(data.FirstRow, rows, run));
        }
        finally
        {
            Array.ForEach(frozen, scope => scope.Dispose());
        }
    }

    /// <summary>Merges the matrices of parts of a data set into that of the whole.</summary>
    /// <param name="parts">
    /// The matrices of consecutive ranges of rows, in any order, each with the <see cref="LabeledDataset.FirstRow"/> of its own;
    /// each may be merged already.
    /// </param>
    /// <returns>The matrix of the whole, as one measurement of all rows gives it.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, they are of different networks, attacks or seeds, or rows are missing or twice there.
    /// </exception>
    public static TransferMatrix Merge(IEnumerable<TransferMatrix> parts)
    {
        var ordered = ResultPart.InOrder(parts, part => part._part);
        var first = ordered[0];
        return new TransferMatrix(
            first.Sources, first.Targets,
            ResultPart.Sum(ordered, part => part._clean),
            [.. first._hits.Select((_, source) => ResultPart.Sum(ordered, part => part._hits[source]))],
            ResultPart.Whole([.. ordered.Select(part => part._part)]));
    }

    /// <summary>Returns the matrix as a table.</summary>
    /// <returns>One line a source, the clean accuracies first, in the invariant culture.</returns>
    public override string ToString() => AccuracyTable.Text("TRIED ON", Targets,
        [("(clean)", CleanAccuracies), .. Sources.Select((source, place) => (source, _accuracies[place].AsEnumerable()))]);

    private static void Add(
        LabeledBatch batch, int first, IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> sources,
        IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> targets,
        Attack attack, ulong seed, long[] clean, long[][] hits, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var right = targets.Select(target => IsCorrect(target.Network, batch.Inputs, batch.Labels)).ToArray();
        for (var target = 0; target < targets.Count; target++)
            clean[target] += right[target].Count(yes => yes);
        int[] places = [.. Enumerable.Range(first, batch.Count)];
        for (var source = 0; source < sources.Count; source++)
        {
            using var step = NewDisposeScope();
            var device = ModelCall.DeviceOf(sources[source].Network);
            using var found = attack.PerturbRows(
                places, sources[source].Network, batch.Inputs.to(device), AttackGoal.Untargeted(batch.Labels.to(device)),
                new RowRandom(seed, batch.RowNumbers), cancellation);
            for (var target = 0; target < targets.Count; target++)
                hits[source][target] += IsCorrect(targets[target].Network, found.Inputs, batch.Labels)
                    .Where((yes, row) => yes && right[target][row]).Count();
        }
    }

    internal static bool[] IsCorrect(Module<Tensor, Tensor> network, Tensor inputs, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return ModelCall.Forward(network, inputs.to(ModelCall.DeviceOf(network))).argmax(1).cpu().eq(labels.cpu()).data<bool>()
            .ToArray();
    }
}

using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>How networks classify corrupted images: a row for each corruption, a column for each network.</summary>
/// <remarks>
/// Adversarial training is known to cost accuracy on fog and contrast while it helps against noise and blur (Gilmer and
/// Hendrycks, <see href="https://distill.pub/2019/advex-bugs-discussion/response-1"/>): the table of a standard and an
/// adversarially trained network shows it. All networks see the same corrupted images.
/// </remarks>
public sealed class CorruptionReport
{
    private const int RowsAtOnce = 256;

    private readonly long[] _clean; // rows classified rightly, by network
    private readonly long[][][] _hits; // by corruption, severity, network
    private readonly double[][][] _accuracies;
    private readonly ResultPart _part;

    private CorruptionReport(
        IReadOnlyList<string> networks, IReadOnlyList<Corruption> corruptions, IReadOnlyList<int> severities, long[] clean,
        long[][][] hits, ResultPart part)
    {
        (Networks, Corruptions, Severities) = (networks, corruptions, severities);
        (_clean, _hits, _part) = (clean, hits, part);
        CleanAccuracies = part.Shares(clean);
        _accuracies = Array.ConvertAll(hits, corruption => Array.ConvertAll(corruption, part.Shares));
    }

    /// <summary>The names of the networks.</summary>
    public IReadOnlyList<string> Networks { get; }

    /// <summary>The corruptions.</summary>
    public IReadOnlyList<Corruption> Corruptions { get; }

    /// <summary>The severities that were tried, one to five.</summary>
    public IReadOnlyList<int> Severities { get; }

    /// <summary>The number of the first row within the whole: 0 but for the report of a part.</summary>
    public long FirstRow => _part.FirstRow;

    /// <summary>The number of rows.</summary>
    public long Rows => _part.Rows;

    /// <summary>The share of rows that each network classifies rightly as they are, 0 to 1.</summary>
    public IReadOnlyList<double> CleanAccuracies { get; }

    /// <summary>The share of corrupted rows that a network classifies rightly, the mean over the severities, 0 to 1.</summary>
    /// <param name="corruption">The corruption's place.</param>
    /// <param name="network">The network's place.</param>
    public double this[int corruption, int network] => _accuracies[corruption].Average(severity => severity[network]);

    /// <summary>The share of rows corrupted with one severity that a network classifies rightly, 0 to 1.</summary>
    /// <param name="corruption">The corruption's place.</param>
    /// <param name="severity">The severity's place in <see cref="Severities"/>.</param>
    /// <param name="network">The network's place.</param>
    public double this[int corruption, int severity, int network] => _accuracies[corruption][severity][network];

    /// <summary>Returns a network's mean accuracy over all corruptions and severities, 0 to 1.</summary>
    /// <param name="network">The network's place.</param>
    /// <returns>The mean of its column.</returns>
    public double MeanAccuracy(int network) =>
        _accuracies.Average(corruption => corruption.Average(severity => severity[network]));

    /// <summary>Corrupts all rows in every way, and has every network classify them.</summary>
    /// <param name="networks">Networks by name, of the same inputs and classes; left as they were.</param>
    /// <param name="data">The labelled images, their values inside the range.</param>
    /// <param name="corruptions">The corruptions, each with all severities.</param>
    /// <param name="severities">One to five, each once.</param>
    /// <param name="range">Black and white.</param>
    /// <param name="seed">The seed of the rows' random numbers.</param>
    /// <param name="cancellation">Checked at every corruption of every batch.</param>
    /// <returns>The report.</returns>
    /// <exception cref="ArgumentException">
    /// There are no networks, corruptions, severities or rows, the rows are no images, or a row lies outside the range or has a
    /// label beyond the classes.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A severity is none of the five, or the range has no ends.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static CorruptionReport Measure(
        IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> networks, LabeledDataset data,
        IReadOnlyList<Corruption> corruptions, IReadOnlyList<int> severities,
        ValueRange range, ulong seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(corruptions);
        ArgumentNullException.ThrowIfNull(severities);
        if (networks.Count == 0)
            throw new ArgumentException("A report needs a network to try.", nameof(networks));
        if (corruptions.Count == 0)
            throw new ArgumentException(
                "A report needs a corruption: give Corruption.All, or some of them.", nameof(corruptions));
        if (severities.Count == 0 || severities.Distinct().Count() < severities.Count)
            throw new ArgumentException(
                $"A report needs severities from 1 to {Corruption.Severities}, each once, got "
                + $"[{string.Join(", ", severities)}].", nameof(severities));
        foreach (var severity in severities)
            ImageCheck.Severity(severity);
        ImageCheck.Range(range);
        var rows = DatasetInspection.Of(data, "evaluation", range, false, cancellation).Rows;
        string[] lines =
        [
            .. networks.Select(entry => $"the weights' digest of '{entry.Name}' is {ModelWeights.Digest(entry.Network)}"),
            $"the corruptions are {string.Join(", ", corruptions.Select(SettingsFingerprint.Of))}",
            $"the severities are [{string.Join(", ", severities)}]",
            $"the range is {range}",
            $"the seed is {seed}",
        ];
        var run = string.Join('\n', lines);
        var frozen = networks.Select(entry => entry.Network).Distinct().Select(network => new ModelScope(network)).ToArray();
        try
        {
            var clean = new long[networks.Count];
            var hits = corruptions.Select(_ => severities.Select(_ => new long[networks.Count]).ToArray()).ToArray();
            foreach (var batch in data.Batches(RowsAtOnce, null))
            {
                using (batch)
                {
                    Add(batch, batch.Inputs, networks, clean);
                    for (var corruption = 0; corruption < corruptions.Count; corruption++)
                    {
                        for (var severity = 0; severity < severities.Count; severity++)
                        {
                            cancellation.ThrowIfCancellationRequested();
                            using var corrupted = corruptions[corruption].Apply(
                                batch.Inputs, severities[severity], new RowRandom(seed, batch.RowNumbers), range);
                            Add(batch, corrupted, networks, hits[corruption][severity]);
                        }
                    }
                }
            }
            return new CorruptionReport(
                [.. networks.Select(network => network.Name)], [.. corruptions], [.. severities], clean, hits,
                new ResultPart(data.FirstRow, rows, run));
        }
        finally
        {
            Array.ForEach(frozen, scope => scope.Dispose());
        }
    }

    /// <summary>Merges the reports of parts of a data set into that of the whole.</summary>
    /// <param name="parts">
    /// The reports of consecutive ranges of rows, in any order, each with the <see cref="LabeledDataset.FirstRow"/> of its own;
    /// each may be merged already.
    /// </param>
    /// <returns>The report of the whole, as one measurement of all rows gives it.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, they are of different networks, corruptions, severities, ranges or seeds, or rows are missing or twice
    /// there.
    /// </exception>
    public static CorruptionReport Merge(IEnumerable<CorruptionReport> parts)
    {
        var ordered = ResultPart.InOrder(parts, part => part._part);
        var first = ordered[0];
        return new CorruptionReport(
            first.Networks, first.Corruptions, first.Severities,
            ResultPart.Sum(ordered, part => part._clean),
            [.. first._hits.Select((severities, corruption) => severities.Select((_, severity) =>
                ResultPart.Sum(ordered, part => part._hits[corruption][severity])).ToArray())],
            ResultPart.Whole([.. ordered.Select(part => part._part)]));
    }

    /// <summary>Returns the report as a table.</summary>
    /// <returns>One line a corruption, the clean accuracies first and the means last, in the invariant culture.</returns>
    public override string ToString() => AccuracyTable.Text("CORRUPTION", Networks,
    [
        ("(clean)", CleanAccuracies),
        .. Corruptions.Select((corruption, place) => ($"{corruption}", Networks.Select((_, network) => this[place, network]))),
        ("(mean)", Networks.Select((_, network) => MeanAccuracy(network))),
    ]);

    private static void Add(
        LabeledBatch batch, Tensor inputs, IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> networks, long[] hits)
    {
        for (var network = 0; network < networks.Count; network++)
            hits[network] += TransferMatrix.IsCorrect(networks[network].Network, inputs, batch.Labels).Count(yes => yes);
    }
}

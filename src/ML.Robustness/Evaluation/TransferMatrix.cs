using System.Globalization;
using System.Text;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
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

    private readonly double[][] _accuracies;

    private TransferMatrix(IReadOnlyList<string> sources, IReadOnlyList<string> targets, double[] clean, double[][] accuracies)
    {
        Sources = sources;
        Targets = targets;
        CleanAccuracies = clean;
        _accuracies = accuracies;
    }

    /// <summary>The names of the networks that were attacked.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>The names of the networks that were tried on what was found.</summary>
    public IReadOnlyList<string> Targets { get; }

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
        var rows = DatasetInspection.Of(data, "evaluation", attack.ThreatModel.Range, false, cancellation).Rows;
        var frozen = sources.Concat(targets).Select(entry => entry.Network).Distinct().Select(network => new ModelScope(network))
            .ToArray();
        try
        {
            var clean = new double[targets.Count];
            var accuracies = sources.Select(_ => new double[targets.Count]).ToArray();
            var first = 0;
            foreach (var batch in data.Batches(RowsAtOnce, null))
            {
                using (batch)
                    Add(batch, first, sources, targets, attack, seed, clean, accuracies, cancellation);
                first += batch.Count;
            }
            return new TransferMatrix(
                [.. sources.Select(source => source.Name)], [.. targets.Select(target => target.Name)],
                [.. clean.Select(hits => hits / rows)],
                [.. accuracies.Select(row => row.Select(hits => hits / rows).ToArray())]);
        }
        finally
        {
            Array.ForEach(frozen, scope => scope.Dispose());
        }
    }

    /// <summary>Returns the matrix as a table.</summary>
    /// <returns>One line a source, the clean accuracies first, in the invariant culture.</returns>
    public override string ToString()
    {
        var margin = Math.Max("CRAFTED ON".Length, Sources.Max(name => name.Length));
        var widths = Targets.Select(name => Math.Max(8, name.Length)).ToArray();
        var rule = new string(' ', margin) + " ||" + string.Concat(widths.Select(width => new string('=', width + 3)));
        var table = new StringBuilder().AppendLine(rule);
        Line("TRIED ON", index => Targets[index]);
        table.AppendLine(rule);
        Line("(clean)", index => Number(CleanAccuracies[index]));
        for (var source = 0; source < Sources.Count; source++)
            Line(Sources[source], index => Number(_accuracies[source][index]));
        return table.ToString();

        static string Number(double accuracy) => accuracy.ToString("F4", CultureInfo.InvariantCulture);
        void Line(string name, Func<int, string> cell) =>
            table.Append(name.PadRight(margin)).Append(" ||")
                .AppendLine(string.Concat(widths.Select((width, index) => $" {cell(index).PadLeft(width)} |")));
    }

    private static void Add(
        LabeledBatch batch, int first, IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> sources,
        IReadOnlyList<(string Name, Module<Tensor, Tensor> Network)> targets,
        Attack attack, ulong seed, double[] clean, double[][] accuracies, CancellationToken cancellation)
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
                accuracies[source][target] += IsCorrect(targets[target].Network, found.Inputs, batch.Labels)
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

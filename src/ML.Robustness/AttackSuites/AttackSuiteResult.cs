using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>What a suite of attacks found, row by row and in all; managed memory only.</summary>
public class AttackSuiteResult
{
    private readonly AttackSuiteState _state;
    private readonly string[] _names;
    private readonly bool _keepsInputs;
    private readonly IReadOnlyList<bool>[]? _successes;

    internal AttackSuiteResult(AttackSuiteState state, string[] names, ResultPart part, bool keepsInputs, bool attackedAllRows)
    {
        (_state, _names, Part, _keepsInputs) = (state, names, part, keepsInputs);
        var rows = state.Rows;
        RowResults = [.. Enumerable.Range(0, rows).Select(row => new RowResult(
            part.FirstRow + row, state.Labels[row], state.CleanPredictions[row], state.Predictions[row],
            state.SuccessfulAttack[row] == AttackSuiteState.Robust ? null : state.SuccessfulAttack[row],
            state.Distances[row]))];
        var clean = RowResults.Count(verdict => verdict.IsCorrect);
        CleanAccuracy = (double)clean / rows;
        RobustAccuracy = (double)RowResults.Count(verdict => verdict.IsRobust) / rows;
        Attacks = [.. state.Statistics.Select((counts, index) => new AttackStatistics(
            names[index], counts.Attacked, counts.Succeeded,
            (double)RowResults.Count(verdict => verdict.IsCorrect && !(verdict.Attack <= index)) / rows,
            counts.Attacked == clean ? (double)(clean - counts.Succeeded) / rows : null,
            counts.Queries, counts.GradientQueries, counts.Duration))];
        Messages = [.. state.Messages.SelectMany(messages => messages).Distinct()];
        _successes = attackedAllRows
            ? Array.ConvertAll(
                state.Successes, IReadOnlyList<bool> (successes) => [.. Enumerable.Range(0, rows).Select(successes.Contains)])
            : null;
    }

    /// <summary>The same result, for a report that adds to it.</summary>
    private protected AttackSuiteResult(AttackSuiteResult result)
    {
        RowResults = result.RowResults;
        CleanAccuracy = result.CleanAccuracy;
        RobustAccuracy = result.RobustAccuracy;
        Attacks = result.Attacks;
        Messages = result.Messages;
        (_state, _names, Part, _keepsInputs) = (result._state, result._names, result.Part, result._keepsInputs);
        _successes = result._successes;
    }

    /// <summary>The number of the first row within the whole: 0 but for the result of a part.</summary>
    public long FirstRow => Part.FirstRow;

    /// <summary>The number of rows.</summary>
    public long Rows => RowResults.Count;

    /// <summary>The verdict for each row, in the order of the data set.</summary>
    public IReadOnlyList<RowResult> RowResults { get; }

    /// <summary>The statistics of each attack, in the order in which they ran.</summary>
    public IReadOnlyList<AttackStatistics> Attacks { get; }

    /// <summary>The share of rows classified rightly as they are, 0 to 1.</summary>
    public double CleanAccuracy { get; }

    /// <summary>The share of rows classified rightly both as they are and under every attack, 0 to 1.</summary>
    /// <remarks>An upper bound, which a stronger attack can only lower.</remarks>
    public double RobustAccuracy { get; }

    /// <summary>The rows sent through the network by all attacks.</summary>
    public long Queries => Attacks.Sum(attack => attack.Queries);

    /// <summary>The time that all attacks ran.</summary>
    public TimeSpan Duration => Attacks.Aggregate(TimeSpan.Zero, (sum, attack) => sum + attack.Duration);

    /// <summary>The attacks' notes to the user, for example that a loss does not fit so few classes; mostly empty.</summary>
    public IReadOnlyList<string> Messages { get; }

    /// <summary>The rows and the run that the result is of.</summary>
    internal ResultPart Part { get; }

    /// <summary>Merges the results of parts of a data set into that of the whole.</summary>
    /// <remarks>
    /// Each part is a data set with the <see cref="Data.LabeledDataset.FirstRow"/> of its own. The result is that of one run over
    /// all rows: it is computed anew from the verdicts. Only <see cref="AttackStatistics.Duration"/> is a sum of times that
    /// no other run has, too.
    /// </remarks>
    /// <param name="parts">The results of consecutive ranges of rows, in any order; each may be merged already.</param>
    /// <returns>The result of the whole.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, they are of different networks, suites or seeds, or rows are missing or twice there.
    /// </exception>
    public static AttackSuiteResult Merge(IEnumerable<AttackSuiteResult> parts)
    {
        var ordered = ResultPart.InOrder(parts, part => part.Part);
        return new AttackSuiteResult(
            AttackSuiteState.Merge([.. ordered.Select(part => part._state)]), ordered[0]._names,
            ResultPart.Whole([.. ordered.Select(part => part.Part)]), ordered[0]._keepsInputs,
            ordered[0]._successes is not null);
    }

    /// <summary>The adversarial input that was found for a row.</summary>
    /// <param name="row">The row's number, as <see cref="RowResult.Row"/> has it.</param>
    /// <returns>Its values in the order of the input; null where there is none.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AttackSuiteOptions.KeepInputs"/> was false.</exception>
    public ReadOnlyMemory<float>? InputOf(long row)
    {
        if (!_keepsInputs)
            throw new InvalidOperationException(
                "The adversarial inputs were not kept. Set AttackSuiteOptions.KeepInputs before the run.");
        return row >= FirstRow && row < FirstRow + Rows && _state.Inputs.TryGetValue((int)(row - FirstRow), out var values)
            ? values : default(ReadOnlyMemory<float>?);
    }

    /// <summary>Returns the verdict of one attack on each row, whatever the other attacks found.</summary>
    /// <param name="attack">The attack's place in <see cref="Attacks"/>, from zero.</param>
    /// <returns>
    /// For each row, in the order of the data set, whether this attack fooled the network; false for rows classified wrongly as
    /// they are, which are not attacked.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such attack.</exception>
    /// <exception cref="InvalidOperationException"><see cref="AttackSuiteOptions.AttackAllRows"/> was false.</exception>
    public IReadOnlyList<bool> SucceededBy(int attack)
    {
        ArgumentChecks.InRange(attack, 0, Attacks.Count - 1, nameof(attack));
        return _successes is null
            ? throw new InvalidOperationException(
                "Each attack ran on the rows that those before it had left robust only. Set AttackSuiteOptions.AttackAllRows "
                + "before the run.")
            : _successes[attack];
    }

    internal static string[] Names(IReadOnlyList<Attack> attacks)
    {
        var names = new List<string>();
        foreach (var attack in attacks)
        {
            var name = attack.ToString();
            for (var number = 2; names.Contains(name); number++)
                name = $"{attack} ({number})";
            names.Add(name);
        }
        return [.. names];
    }
}

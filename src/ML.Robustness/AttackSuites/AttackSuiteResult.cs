using ML.Robustness.Attacks;
using ML.Robustness.Numerics;

namespace ML.Robustness.AttackSuites;

/// <summary>What a suite of attacks found, row by row and in all; managed memory only.</summary>
public class AttackSuiteResult
{
    private readonly Dictionary<int, float[]>? _inputs;
    private readonly IReadOnlyList<bool>[]? _successes;

    internal AttackSuiteResult(IReadOnlyList<Attack> attacks, AttackSuiteState state, AttackSuiteOptions settings)
    {
        var rows = state.Labels.Count;
        RowResults = [.. Enumerable.Range(0, rows).Select(row => new RowResult(
            row, state.Labels[row], state.CleanPredictions[row], state.Predictions[row],
            state.SuccessfulAttack[row] == AttackSuiteState.Robust ? null : state.SuccessfulAttack[row],
            state.Distances[row]))];
        var clean = RowResults.Count(verdict => verdict.IsCorrect);
        CleanAccuracy = (double)clean / rows;
        RobustAccuracy = (double)RowResults.Count(verdict => verdict.IsRobust) / rows;
        var names = Names(attacks);
        Attacks = [.. state.Statistics.Select((counts, index) => new AttackStatistics(
            names[index], counts.Attacked, counts.Succeeded,
            (double)RowResults.Count(verdict => verdict.IsCorrect && !(verdict.Attack <= index)) / rows,
            counts.Attacked == clean ? (double)(clean - counts.Succeeded) / rows : null,
            counts.Queries, counts.GradientQueries, counts.Duration))];
        Messages = [.. state.Messages];
        _inputs = settings.KeepInputs ? state.Inputs : null;
        _successes = settings.AttackAllRows
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
        _inputs = result._inputs;
        _successes = result._successes;
    }

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

    /// <summary>The adversarial input that was found for a row.</summary>
    /// <param name="row">The row's place in the data set.</param>
    /// <returns>Its values in the order of the input; null where there is none.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AttackSuiteOptions.KeepInputs"/> was false.</exception>
    public ReadOnlyMemory<float>? InputOf(int row)
    {
        if (_inputs is null)
            throw new InvalidOperationException(
                "The adversarial inputs were not kept. Set AttackSuiteOptions.KeepInputs before the run.");
        return _inputs.TryGetValue(row, out var values) ? values : default(ReadOnlyMemory<float>?);
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

    private static string[] Names(IReadOnlyList<Attack> attacks)
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

namespace ML.Robustness.Persistence;

/// <summary>The rows of a result within the whole, and the run that it is of.</summary>
/// <param name="FirstRow">The number of its first row within the whole.</param>
/// <param name="Rows">How many rows follow one another from there; zero for an empty range.</param>
/// <param name="Run">What must be equal for results to be merged, a line for each thing.</param>
internal sealed record ResultPart(long FirstRow, long Rows, string Run)
{
    /// <summary>The number of the row behind the last.</summary>
    private long End => FirstRow + Rows;

    private string RangeText => Rows == 0 ? $"no row at {FirstRow}" : $"rows {FirstRow} to {End - 1}";

    /// <summary>The whole of some results.</summary>
    /// <param name="parts">The results in the order of their rows, as <see cref="InOrder"/> gives them.</param>
    internal static ResultPart Whole(IReadOnlyList<ResultPart> parts) =>
        parts[0] with { Rows = parts.Sum(part => part.Rows) };

    /// <summary>The sums of the parts' counts, place by place.</summary>
    internal static long[] Sum<T>(IReadOnlyList<T> parts, Func<T, long[]> countsOf) =>
        [.. countsOf(parts[0]).Select((_, place) => parts.Sum(part => countsOf(part)[place]))];

    /// <summary>Counts of rows as shares of all rows.</summary>
    internal double[] Shares(long[] counts) => Array.ConvertAll(counts, count => (double)count / Rows);

    /// <summary>The first line in which two runs differ, for an error; null where none does.</summary>
    internal static (string Mine, string Its)? Difference(string mine, string its)
    {
        if (mine == its)
            return null;
        var (lines, others) = (mine.Split('\n'), its.Split('\n'));
        var place = 0;
        while (place < lines.Length && place < others.Length && lines[place] == others[place])
            place++;
        return (place < lines.Length ? lines[place] : "nothing more", place < others.Length ? others[place] : "nothing more");
    }

    /// <summary>Brings the parts of one run in the order of their rows.</summary>
    /// <param name="parts">One part or more, in any order; each may be merged already.</param>
    /// <param name="of">Tells a part's rows and run.</param>
    /// <exception cref="ArgumentException">
    /// There are none, they are of different runs, or their rows do not follow one another.
    /// </exception>
    internal static T[] InOrder<T>(IEnumerable<T> parts, Func<T, ResultPart> of)
    {
        ArgumentNullException.ThrowIfNull(parts);
        T[] given = [.. parts];
        foreach (var part in given)
            ArgumentNullException.ThrowIfNull(part, nameof(parts));
        if (given.Length == 0)
            throw new ArgumentException("There is nothing to merge: give the results of one part or more.", nameof(parts));
        T[] ordered = [.. given.OrderBy(part => of(part).FirstRow).ThenBy(part => of(part).Rows)];
        var before = of(ordered[0]);
        foreach (var part in ordered.Skip(1).Select(of))
        {
            if (Difference(before.Run, part.Run) is var (mine, its))
                throw new ArgumentException(
                    $"The parts are of different runs: that of {before.RangeText} has '{mine}', that of {part.RangeText} "
                    + $"'{its}'. Merge the parts of one run, with the same model and options.", nameof(parts));
            if (part.FirstRow < before.End)
                throw new ArgumentException(
                    $"The parts overlap: one is of {before.RangeText}, another of {part.RangeText}. Give each row once, and "
                    + "each part the FirstRow of its own.", nameof(parts));
            if (part.FirstRow > before.End)
                throw new ArgumentException(
                    $"The rows {before.End} to {part.FirstRow - 1} are missing: one part is of {before.RangeText}, the next "
                    + $"of {part.RangeText}. Give the part between, too, and each part the FirstRow of its own.",
                    nameof(parts));
            before = part;
        }
        return ordered;
    }
}

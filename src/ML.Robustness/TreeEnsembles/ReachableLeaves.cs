namespace ML.Robustness.TreeEnsembles;

/// <summary>The leaves of each tree that a row reaches at less than a cost.</summary>
/// <param name="Leaves">The leaves of each tree, by number.</param>
/// <param name="Least">The least that each tree adds to the margin there; infinity where it has no leaf.</param>
internal sealed record ReachableLeaves(int[][] Leaves, double[] Least)
{
    internal static ReachableLeaves Of(MarginEnsemble margin, SearchBox box, double cost)
    {
        int[][] leaves = Array.ConvertAll(margin.Trees, tree =>
            Enumerable.Range(0, tree.Values.Length)
                .Where(leaf => tree.Boxes[leaf] is { } found && box.CostWith(found) < cost).ToArray());
        double[] least = [.. leaves.Select((found, tree) => found.Length == 0
            ? double.PositiveInfinity
            : found.Min(leaf => margin.Trees[tree].Values[leaf]))];
        return new ReachableLeaves(leaves, least);
    }
}

namespace ML.Robustness.TreeEnsembles;

/// <summary>One leaf of each tree that have rows of another class in common, and of those the nearest to the clean row.</summary>
/// <param name="Leaves">The leaf of each tree.</param>
/// <param name="Point">The row.</param>
/// <param name="Cost">The cost of the infimum of their distances.</param>
/// <param name="Second">A second norm that decides between equal costs: of L∞ the sum of squares, of others the largest.</param>
internal sealed record LeafTuple(int[] Leaves, float[] Point, double Cost, double Second)
{
    internal bool IsBelow(LeafTuple? other) => IsBelow(Cost, Second, other);

    internal static bool IsBelow(double cost, double second, LeafTuple? other) =>
        other is null || cost < other.Cost || (cost == other.Cost && second < other.Second);
}

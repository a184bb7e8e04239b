namespace ML.Robustness.TreeEnsembles;

/// <summary>One leaf of each tree that have rows of another class in common, and of those the nearest to the clean row.</summary>
/// <param name="Leaves">The leaf of each tree.</param>
/// <param name="Point">The row.</param>
/// <param name="Cost">The cost of the infimum of their distances.</param>
/// <param name="Second">A second norm that decides between equal costs: of L∞ the sum of squares, of others the largest.</param>
internal sealed record LeafTuple(int[] Leaves, float[] Point, double Cost, double Second)
{
    internal bool IsBelow(LeafTuple? other) =>
        other is null || Cost < other.Cost || (Cost == other.Cost && Second < other.Second);
}

namespace ML.Robustness.TreeEnsembles;

/// <summary>The rows of a leaf: for each feature split on its path, those above <c>Low</c> and up to <c>High</c>.</summary>
/// <param name="Features">The features that the leaf bounds, in rising order.</param>
/// <param name="Low">The bound below, not part of the box; negative infinity for none.</param>
/// <param name="High">The bound above, part of the box; positive infinity for none.</param>
internal sealed record LeafBox(int[] Features, float[] Low, float[] High)
{
    /// <summary>The box of each leaf of a tree; null for a leaf that no row reaches.</summary>
    internal static LeafBox?[] Of(DecisionTree tree)
    {
        var boxes = new LeafBox?[tree.LeafCount];
        var open = new Stack<(int Child, SortedDictionary<int, (float Low, float High)> Bounds)>();
        open.Push((tree.LeafCount == 1 ? ~0 : 0, []));
        while (open.TryPop(out var entry))
        {
            var (child, bounds) = entry;
            if (child < 0)
            {
                boxes[~child] = new LeafBox(
                    [.. bounds.Keys], [.. bounds.Values.Select(pair => pair.Low)], [.. bounds.Values.Select(pair => pair.High)]);
                continue;
            }
            var (feature, threshold, left, right) = tree.Nodes[child];
            var (low, high) = bounds.GetValueOrDefault(feature, (float.NegativeInfinity, float.PositiveInfinity));
            if (low < threshold)
                open.Push((left, new(bounds) { [feature] = (low, Math.Min(high, threshold)) }));
            if (threshold < high)
                open.Push((right, new(bounds) { [feature] = (Math.Max(low, threshold), high) }));
        }
        return boxes;
    }
}

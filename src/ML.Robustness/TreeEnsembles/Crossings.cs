namespace ML.Robustness.TreeEnsembles;

/// <summary>The thresholds of one feature, and the trees that have them.</summary>
/// <param name="Thresholds">The thresholds in rising order, one for each tree that has it.</param>
/// <param name="Trees">The tree of each threshold.</param>
/// <param name="Distinct">The different thresholds in rising order, without infinite ones.</param>
internal sealed record Crossings(float[] Thresholds, int[] Trees, float[] Distinct)
{
    internal static Crossings[] Of(MarginTree[] trees, int features)
    {
        var sets = new SortedSet<(float Threshold, int Tree)>[features];
        for (var feature = 0; feature < features; feature++)
            sets[feature] = [];
        for (var index = 0; index < trees.Length; index++)
        {
            foreach (var node in trees[index].Tree.Nodes)
                sets[node.Feature].Add((node.Threshold, index));
        }
        return Array.ConvertAll(sets, set => new Crossings(
            [.. set.Select(pair => pair.Threshold)], [.. set.Select(pair => pair.Tree)],
            [.. set.Select(pair => pair.Threshold).Where(float.IsFinite).Distinct()]));
    }

    /// <summary>The trees whose thresholds lie between two values, so that they are on different sides; some
    /// repeatedly.</summary>
    internal ReadOnlySpan<int> TreesBetween(float one, float other)
    {
        var (low, high) = one < other ? (one, other) : (other, one);
        return Trees.AsSpan(FirstFrom(low)..FirstFrom(high));
    }

    /// <summary>The trees that have a threshold.</summary>
    internal ReadOnlySpan<int> TreesAt(float threshold) =>
        Trees.AsSpan(FirstFrom(threshold)..FirstFrom(MathF.BitIncrement(threshold)));

    private int FirstFrom(float value)
    {
        var (low, high) = (0, Thresholds.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Thresholds[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

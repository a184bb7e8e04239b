namespace ML.Robustness.TreeEnsembles;

/// <summary>A box that leaves cut smaller one after the other, and grow back in turn; with its cost from the row.</summary>
internal sealed class SearchBox(RowGeometry geometry)
{
    private readonly Stack<(int Feature, float Low, float High, double Change, double Cost)> _undo = [];
    private readonly double[] _changes = new double[geometry.Row.Length];

    internal float[] Low { get; } = [.. geometry.Low];

    internal float[] High { get; } = [.. geometry.High];

    /// <summary>The cost of the box's nearest point; may be one that the box does not contain.</summary>
    internal double Cost { get; private set; }

    internal int Mark => _undo.Count;

    /// <summary>The cost of the part of the box inside a leaf; infinity where there is none.</summary>
    internal double CostWith(LeafBox leaf)
    {
        var cost = Cost;
        for (var place = 0; place < leaf.Features.Length; place++)
        {
            var feature = leaf.Features[place];
            var low = Math.Max(Low[feature], leaf.Low[place]);
            var high = Math.Min(High[feature], leaf.High[place]);
            if (low >= high)
                return double.PositiveInfinity;
            var change = geometry.Change(feature, low, high);
            if (change != _changes[feature])
                cost = geometry.Grow(cost, _changes[feature], change);
        }
        return cost;
    }

    /// <summary>Cuts the box to its part inside a leaf, which must not be empty.</summary>
    internal void Enter(LeafBox leaf)
    {
        for (var place = 0; place < leaf.Features.Length; place++)
        {
            var feature = leaf.Features[place];
            var (low, high) = (Low[feature], High[feature]);
            if (leaf.Low[place] <= low && leaf.High[place] >= high)
                continue;
            _undo.Push((feature, low, high, _changes[feature], Cost));
            Low[feature] = Math.Max(low, leaf.Low[place]);
            High[feature] = Math.Min(high, leaf.High[place]);
            var change = geometry.Change(feature, Low[feature], High[feature]);
            if (change != _changes[feature])
                Cost = geometry.Grow(Cost, _changes[feature], change);
            _changes[feature] = change;
        }
    }

    /// <summary>Makes the box as it was at a mark.</summary>
    internal void Leave(int mark)
    {
        while (_undo.Count > mark)
        {
            var (feature, low, high, change, cost) = _undo.Pop();
            (Low[feature], High[feature], _changes[feature], Cost) = (low, high, change, cost);
        }
    }

    /// <summary>The box's point nearest to the row.</summary>
    internal float[] Point()
    {
        var point = geometry.Row.ToArray();
        for (var feature = 0; feature < point.Length; feature++)
            point[feature] = RowGeometry.Nearest(point[feature], Low[feature], High[feature]);
        return point;
    }
}

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

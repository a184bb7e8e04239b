namespace ML.Robustness.TreeEnsembles;

/// <summary>The leaves of a margin's trees as seen from one row: how far each is, and the bounds that keep the row out.</summary>
internal sealed class LeafDistances
{
    private readonly RowGeometry _geometry;
    private readonly int[] _firstOfTree, _firstBound;
    private readonly double[] _costs, _changes;
    private readonly Bound[] _bounds;

    internal LeafDistances(MarginEnsemble margin, RowGeometry geometry)
    {
        _geometry = geometry;
        _changes = new double[geometry.Row.Length];
        _firstOfTree = new int[margin.Trees.Length];
        var (box, costs, firsts, bounds) = (new SearchBox(geometry), new List<double>(), new List<int>(), new List<Bound>());
        for (var tree = 0; tree < _firstOfTree.Length; tree++)
        {
            _firstOfTree[tree] = costs.Count;
            foreach (var leaf in margin.Trees[tree].Boxes)
            {
                firsts.Add(bounds.Count);
                costs.Add(leaf is null ? double.PositiveInfinity : box.CostWith(leaf));
                if (double.IsFinite(costs[^1]))
                    AddBounds(leaf!, bounds);
            }
        }
        (_costs, _firstBound, _bounds) = ([.. costs], [.. firsts, bounds.Count], [.. bounds]);
    }

    /// <summary>The cost of a leaf's nearest point; infinity where the row may not go there.</summary>
    internal double Cost(int tree, int leaf) => _costs[_firstOfTree[tree] + leaf];

    /// <summary>Finds the nearest row of a leaf tuple, the infimum of its cost, and its second norm.</summary>
    internal (double Cost, double Second) Nearest(ReadOnlySpan<int> leaves, Span<float> point)
    {
        var row = _geometry.Row;
        row.CopyTo(point);
        for (var tree = 0; tree < leaves.Length; tree++)
        {
            var leaf = _firstOfTree[tree] + leaves[tree];
            for (var place = _firstBound[leaf]; place < _firstBound[leaf + 1]; place++)
            {
                ref readonly var bound = ref _bounds[place];
                var value = point[bound.Feature];
                if (bound.Value > row[bound.Feature] ? bound.Value > value : bound.Value < value)
                    (point[bound.Feature], _changes[bound.Feature]) = (bound.Value, bound.Change);
            }
        }
        var (cost, largest, squares) = (0.0, 0.0, 0.0);
        for (var feature = 0; feature < row.Length; feature++)
        {
            if (point[feature] == row[feature])
                continue;
            cost = _geometry.Grow(cost, 0, _changes[feature]);
            var change = Change(point, feature);
            (largest, squares) = (Math.Max(largest, change), squares + change * change);
        }
        return (cost, _geometry.Norm == TreeNorm.LInf ? squares : largest);
    }

    /// <summary>The change of one feature of another row, in its unit.</summary>
    internal double Change(ReadOnlySpan<float> point, int feature) =>
        Math.Abs((double)point[feature] - _geometry.Row[feature]) / _geometry.Unit(feature);

    private void AddBounds(LeafBox leaf, List<Bound> bounds)
    {
        for (var place = 0; place < leaf.Features.Length; place++)
        {
            var (feature, low, high) = (leaf.Features[place], leaf.Low[place], leaf.High[place]);
            var value = _geometry.Row[feature];
            var nearest = RowGeometry.Nearest(value, low, high);
            if (nearest != value)
                bounds.Add(new Bound(feature, nearest, _geometry.Change(feature, low, high)));
        }
    }

    /// <summary>A bound that keeps the row out of a leaf.</summary>
    /// <param name="Feature">The feature.</param>
    /// <param name="Value">Its nearest value inside.</param>
    /// <param name="Change">The infimum of its change.</param>
    private readonly record struct Bound(int Feature, float Value, double Change);
}

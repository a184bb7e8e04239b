namespace ML.Robustness.TreeEnsembles;

/// <summary>A move of a leaf tuple's row into a leaf: the row's least change, and the leaves and the margin after it.</summary>
internal sealed class CandidateMove
{
    private readonly MarginEnsemble _margin;
    private readonly RowGeometry _geometry;
    private readonly LeafDistances _distances;
    private readonly float[] _point;
    private readonly int[] _changed, _stamps, _trees, _leaves;
    private LeafTuple _from = null!;
    private double _sum;
    private ulong _key;
    private int _changes, _moved, _stamp;

    internal CandidateMove(MarginEnsemble margin, RowGeometry geometry, LeafDistances distances)
    {
        (_margin, _geometry, _distances) = (margin, geometry, distances);
        (_point, _changed) = (new float[geometry.Row.Length], new int[geometry.Row.Length]);
        var trees = margin.Trees.Length;
        (_stamps, _trees, _leaves) = (new int[trees], new int[trees], new int[trees]);
    }

    /// <summary>The key of the row after the move.</summary>
    internal ulong Key { get; private set; }

    /// <summary>Sets the leaf tuple that moves start from.</summary>
    internal void Start(LeafTuple from, ulong key)
    {
        (_from, _key, _changes) = (from, key, 0);
        from.Point.CopyTo(_point, 0);
        _sum = _margin.Constant;
        for (var tree = 0; tree < from.Leaves.Length; tree++)
            _sum += _margin.Trees[tree].Values[from.Leaves[tree]];
    }

    /// <summary>Moves the row into a leaf; false where it may not go there.</summary>
    internal bool Into(LeafBox leaf)
    {
        for (; _changes > 0; _changes--)
            _point[_changed[_changes - 1]] = _from.Point[_changed[_changes - 1]];
        Key = _key;
        for (var place = 0; place < leaf.Features.Length; place++)
        {
            var feature = leaf.Features[place];
            var low = Math.Max(leaf.Low[place], _geometry.Low[feature]);
            var high = Math.Min(leaf.High[place], _geometry.High[feature]);
            if (low >= high)
                return false;
            var value = _point[feature];
            var nearest = RowGeometry.Nearest(value, low, high);
            if (nearest == value)
                continue;
            (_point[feature], _changed[_changes++]) = (nearest, feature);
            Key += CandidateMemory.KeyOf(feature, nearest) - CandidateMemory.KeyOf(feature, value);
        }
        return true;
    }

    /// <summary>Finds the leaves that change; false where one is too far, or the row stays in its class.</summary>
    /// <param name="most">The cost that no leaf may surpass.</param>
    /// <param name="cost">A cost below which the row gives no leaf tuple.</param>
    internal bool Evaluate(double most, out double cost)
    {
        (_moved, cost) = (0, double.PositiveInfinity);
        _stamp++;
        var difference = 0.0;
        foreach (var feature in _changed.AsSpan(0, _changes))
        {
            foreach (var tree in _margin.Splits[feature].TreesBetween(_from.Point[feature], _point[feature]))
            {
                if (_stamps[tree] == _stamp)
                    continue;
                _stamps[tree] = _stamp;
                var leaf = _margin.Trees[tree].Tree.LeafOf(_point);
                if (_distances.Cost(tree, leaf) > most)
                {
                    cost = _distances.Cost(tree, leaf);
                    return false;
                }
                var before = _from.Leaves[tree];
                if (leaf == before)
                    continue;
                (_trees[_moved], _leaves[_moved++]) = (tree, leaf);
                difference += _margin.Trees[tree].Values[leaf] - _margin.Trees[tree].Values[before];
            }
        }
        return _sum + difference <= _margin.Rounding;
    }

    /// <summary>Exchanges the leaves that change.</summary>
    internal void Exchange(int[] leaves)
    {
        for (var place = 0; place < _moved; place++)
            leaves[_trees[place]] = _leaves[place];
    }
}

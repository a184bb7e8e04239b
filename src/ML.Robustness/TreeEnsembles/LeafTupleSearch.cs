namespace ML.Robustness.TreeEnsembles;

/// <summary>The descent of the leaf-tuple attack: exchanges one leaf at a time while the row comes nearer.</summary>
internal sealed class LeafTupleSearch
{
    private readonly TreeClassifier _classifier;
    private readonly MarginEnsemble _margin;
    private readonly RowGeometry _geometry;
    private readonly SearchBox _box;
    private readonly int _label;
    private readonly double[][] _leafCosts;
    private readonly int[] _stamps;
    private readonly List<(int Tree, int Leaf)> _moved = [];
    private readonly float[] _scratch;
    private int _stamp;

    internal LeafTupleSearch(TreeClassifier classifier, MarginEnsemble margin, RowGeometry geometry, int label)
    {
        (_classifier, _margin, _geometry, _label) = (classifier, margin, geometry, label);
        _box = new SearchBox(geometry);
        _stamps = new int[margin.Trees.Length];
        _scratch = new float[geometry.Row.Length];
        _leafCosts = Array.ConvertAll(margin.Trees, tree => Array.ConvertAll(
            tree.Boxes, leaf => leaf is null ? double.PositiveInfinity : _box.CostWith(leaf)));
    }

    /// <summary>The best leaf tuple that the descent reaches; null where the point is not of another class.</summary>
    internal LeafTuple? Descend(float[] start)
    {
        var leaves = new int[_margin.Trees.Length];
        _margin.Evaluate(start, leaves);
        var best = Tighten(leaves, null);
        while (best is not null && Step(best) is { } next)
            best = next;
        return best;
    }

    /// <summary>The best neighbour by the feature changed most, if any, else by the next one.</summary>
    private LeafTuple? Step(LeafTuple from)
    {
        var features = Enumerable.Range(0, _margin.FeatureCount)
            .Where(feature => from.Point[feature] != _geometry.Row[feature])
            .Select(feature => (Change: Change(from.Point, feature), Feature: feature))
            .OrderByDescending(entry => entry.Change);
        var sum = _margin.Constant;
        for (var tree = 0; tree < from.Leaves.Length; tree++)
            sum += _margin.Trees[tree].Values[from.Leaves[tree]];
        foreach (var (_, feature) in features)
        {
            if (StepAlong(from, feature, sum) is { } found)
                return found;
        }
        return null;
    }

    private LeafTuple? StepAlong(LeafTuple from, int feature, double sum)
    {
        LeafTuple? best = null;
        for (var index = 0; index < _margin.Trees.Length; index++)
        {
            var tree = _margin.Trees[index];
            if (!Binds(tree.Boxes[from.Leaves[index]]!, from.Point[feature], feature))
                continue;
            for (var leaf = 0; leaf < tree.Boxes.Length; leaf++)
            {
                if (leaf == from.Leaves[index] || _leafCosts[index][leaf] > from.Cost)
                    continue;
                if (Move(from, tree.Boxes[leaf]!, (best ?? from).Cost) && sum + Difference(from) <= _margin.Rounding
                    && Tighten(Exchanged(from), best ?? from) is { } found)
                    best = found;
            }
        }
        return best;
    }

    /// <summary>Whether a leaf's bound is what keeps a changed feature from coming nearer.</summary>
    private bool Binds(LeafBox leaf, float value, int feature)
    {
        var place = Array.IndexOf(leaf.Features, feature);
        return place >= 0 && (value > _geometry.Row[feature]
            ? MathF.BitIncrement(leaf.Low[place]) == value
            : leaf.High[place] == value);
    }

    /// <summary>
    /// Moves the point least into a leaf, and finds the leaves that change; false where it may not go there, or one is too far.
    /// </summary>
    private bool Move(LeafTuple from, LeafBox leaf, double most)
    {
        _moved.Clear();
        _stamp++;
        var point = _scratch;
        from.Point.CopyTo(point, 0);
        for (var place = 0; place < leaf.Features.Length; place++)
        {
            var feature = leaf.Features[place];
            var low = Math.Max(leaf.Low[place], _geometry.Low[feature]);
            var high = Math.Min(leaf.High[place], _geometry.High[feature]);
            if (low >= high)
                return false;
            point[feature] = RowGeometry.Nearest(point[feature], low, high);
        }
        foreach (var feature in leaf.Features)
        {
            if (point[feature] == from.Point[feature])
                continue;
            var splits = _margin.Splits[feature];
            var (first, end) = splits.Between(from.Point[feature], point[feature]);
            for (var split = first; split < end; split++)
            {
                var tree = splits.Trees[split];
                if (_stamps[tree] == _stamp)
                    continue;
                _stamps[tree] = _stamp;
                var moved = _margin.Trees[tree].Tree.LeafOf(point);
                if (_leafCosts[tree][moved] > most)
                    return false;
                _moved.Add((tree, moved));
            }
        }
        return true;
    }

    private double Difference(LeafTuple from)
    {
        var difference = 0.0;
        foreach (var (tree, leaf) in _moved)
            difference += _margin.Trees[tree].Values[leaf] - _margin.Trees[tree].Values[from.Leaves[tree]];
        return difference;
    }

    private int[] Exchanged(LeafTuple from)
    {
        int[] leaves = [.. from.Leaves];
        foreach (var (tree, leaf) in _moved)
            leaves[tree] = leaf;
        return leaves;
    }

    /// <summary>The nearest row of a leaf tuple; null where it is not below the given one, or not of another class.</summary>
    private LeafTuple? Tighten(int[] leaves, LeafTuple? below)
    {
        for (var tree = 0; tree < leaves.Length; tree++)
            _box.Enter(_margin.Trees[tree].Boxes[leaves[tree]]!);
        var point = _box.Point();
        var tuple = new LeafTuple(leaves, point, _box.Cost, SecondNorm(point));
        _box.Leave(0);
        return tuple.IsBelow(below) && _classifier.Predict(point) != _label ? tuple : null;
    }

    private double SecondNorm(float[] point)
    {
        var (largest, squares) = (0.0, 0.0);
        for (var feature = 0; feature < point.Length; feature++)
        {
            if (point[feature] == _geometry.Row[feature])
                continue;
            var change = Change(point, feature);
            (largest, squares) = (Math.Max(largest, change), squares + change * change);
        }
        return _geometry.Norm == TreeNorm.LInf ? squares : largest;
    }

    private double Change(float[] point, int feature) =>
        Math.Abs((double)point[feature] - _geometry.Row[feature]) / _geometry.Unit(feature);
}

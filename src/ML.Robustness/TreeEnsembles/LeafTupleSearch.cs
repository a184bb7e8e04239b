namespace ML.Robustness.TreeEnsembles;

/// <summary>The descent of the leaf-tuple attack: exchanges one leaf at a time while the row comes nearer.</summary>
internal sealed class LeafTupleSearch
{
    private readonly TreeClassifier _classifier;
    private readonly MarginEnsemble _margin;
    private readonly RowGeometry _geometry;
    private readonly int _label;
    private readonly LeafDistances _distances;
    private readonly CandidateMemory _memory = new();
    private readonly HashSet<ulong> _left = [];
    private readonly CandidateMove _move;
    private readonly int[] _leaves;
    private readonly float[] _point;

    internal LeafTupleSearch(TreeClassifier classifier, MarginEnsemble margin, RowGeometry geometry, int label)
    {
        (_classifier, _margin, _geometry, _label) = (classifier, margin, geometry, label);
        _distances = new LeafDistances(margin, geometry);
        _move = new CandidateMove(margin, geometry, _distances);
        _leaves = new int[margin.Trees.Length];
        _point = new float[geometry.Row.Length];
    }

    /// <summary>The best leaf tuple that the descent reaches; null where the point is not of another class, or the descent meets
    /// an earlier one, whose end it shares.</summary>
    internal LeafTuple? Descend(float[] start)
    {
        _margin.Evaluate(start, _leaves);
        var best = Tighten(null).Tuple;
        while (best is not null)
        {
            var key = CandidateMemory.KeyOf(best.Point);
            if (!_left.Add(key))
                return null;
            if (Step(best, key) is not { } next)
                break;
            best = next;
        }
        return best;
    }

    /// <summary>The best neighbour by the feature changed most, if any, else by the next one.</summary>
    private LeafTuple? Step(LeafTuple from, ulong key)
    {
        var features = Enumerable.Range(0, _margin.FeatureCount)
            .Where(feature => from.Point[feature] != _geometry.Row[feature])
            .OrderByDescending(feature => _distances.Change(from.Point, feature));
        _move.Start(from, key);
        foreach (var feature in features)
        {
            if (StepAlong(from, feature) is { } found)
                return found;
        }
        return null;
    }

    private LeafTuple? StepAlong(LeafTuple from, int feature)
    {
        LeafTuple? best = null;
        var value = from.Point[feature];
        var threshold = value > _geometry.Row[feature] ? MathF.BitDecrement(value) : value;
        foreach (var index in _margin.Splits[feature].TreesAt(threshold))
        {
            var tree = _margin.Trees[index];
            if (!Binds(tree.Boxes[from.Leaves[index]]!, feature, threshold, value > _geometry.Row[feature]))
                continue;
            for (var leaf = 0; leaf < tree.Boxes.Length; leaf++)
            {
                if (leaf != from.Leaves[index] && _distances.Cost(index, leaf) <= (best ?? from).Cost)
                    best = Exchange(from, tree.Boxes[leaf]!, best ?? from) ?? best;
            }
        }
        return best;
    }

    /// <summary>Whether a leaf's bound is what keeps a changed feature from coming nearer.</summary>
    private static bool Binds(LeafBox leaf, int feature, float threshold, bool isBelow)
    {
        var place = Array.IndexOf(leaf.Features, feature);
        return place >= 0 && (isBelow ? leaf.Low : leaf.High)[place] == threshold;
    }

    /// <summary>The leaf tuple where the row moves least into another leaf; null where it is not below the given one.</summary>
    private LeafTuple? Exchange(LeafTuple from, LeafBox leaf, LeafTuple below)
    {
        if (!_move.Into(leaf) || !_memory.MayBeBelow(_move.Key, below))
            return null;
        if (!_move.Evaluate(below.Cost, out var cost))
        {
            _memory.Add(_move.Key, cost);
            return null;
        }
        from.Leaves.CopyTo(_leaves, 0);
        _move.Exchange(_leaves);
        var (tuple, bound, second) = Tighten(below);
        _memory.Add(_move.Key, bound, second);
        return tuple;
    }

    /// <summary>The nearest row of the leaves; null where it is not below the given one, or not of another class.</summary>
    private (LeafTuple? Tuple, double Cost, double Second) Tighten(LeafTuple? below)
    {
        var (cost, second) = _distances.Nearest(_leaves, _point);
        if (!LeafTuple.IsBelow(cost, second, below))
            return (null, cost, second);
        return _classifier.Predict(_point) != _label
            ? (new LeafTuple([.. _leaves], [.. _point], cost, second), cost, second)
            : (null, double.PositiveInfinity, 0);
    }
}

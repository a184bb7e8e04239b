namespace ML.Robustness.TreeEnsembles;

/// <summary>The nearest row of another class by branch and bound over the leaves of the trees.</summary>
/// <remarks>
/// The tree with the fewest leaves still in reach is branched on, the nearest leaf first. A branch ends where the sum of the
/// trees' least values in reach cannot change the class, or where nothing in it is nearer than the best row so far.
/// </remarks>
internal sealed class ExactSearch
{
    private const int CheckEvery = 256;

    private readonly TreeClassifier _classifier;
    private readonly MarginEnsemble _margin;
    private readonly SearchBox _box;
    private readonly int _label;
    private readonly CancellationToken _cancellation;
    private readonly List<int[][]> _lists = [];
    private readonly double _slack;
    private long _nodesLeft;

    internal ExactSearch(
        TreeClassifier classifier, MarginEnsemble margin, RowGeometry geometry, int label, double cost, long mostNodes,
        CancellationToken cancellation)
    {
        (_classifier, _margin, _label, _cancellation) = (classifier, margin, label, cancellation);
        (Cost, _nodesLeft) = (cost, mostNodes);
        _box = new SearchBox(geometry);
        var reachable = ReachableLeaves.Of(margin, _box, cost);
        _slack = margin.Slack(reachable.Least);
        _lists.Add(reachable.Leaves);
    }

    /// <summary>The cost of the nearest row of another class; the one given where there is none nearer.</summary>
    internal double Cost { get; private set; }

    /// <summary>The nearest row found; null where none is nearer than the cost given.</summary>
    internal float[]? Point { get; private set; }

    /// <summary>Whether no nearer row can exist.</summary>
    internal bool IsExact { get; private set; } = true;

    internal long NodesLeft => _nodesLeft;

    internal void Run() => Visit(0);

    private void Visit(int depth)
    {
        if (_nodesLeft-- <= 0)
        {
            IsExact = false;
            return;
        }
        if (_nodesLeft % CheckEvery == 0)
            _cancellation.ThrowIfCancellationRequested();
        var branched = Filter(depth);
        if (branched == -1)
            return;
        if (branched == _margin.Trees.Length)
        {
            Offer();
            return;
        }
        var tree = _margin.Trees[branched];
        var order = _lists[depth + 1][branched]
            .Select(leaf => (Cost: _box.CostWith(tree.Boxes[leaf]!), Value: tree.Values[leaf], Leaf: leaf)).ToArray();
        Array.Sort(order);
        foreach (var (cost, _, leaf) in order)
        {
            if (cost >= Cost)
                break;
            var mark = _box.Mark;
            _box.Enter(tree.Boxes[leaf]!);
            Visit(depth + 1);
            _box.Leave(mark);
            if (!IsExact && _nodesLeft <= 0)
                return;
        }
    }

    /// <summary>
    /// Keeps the leaves that the box reaches. Gives the tree to branch on, the number of trees where each has one leaf, and -1
    /// where the class cannot change.
    /// </summary>
    private int Filter(int depth)
    {
        var before = _lists[depth];
        if (_lists.Count == depth + 1)
            _lists.Add(new int[_margin.Trees.Length][]);
        var after = _lists[depth + 1];
        var (sum, branched, fewest) = (_margin.Constant, _margin.Trees.Length, int.MaxValue);
        for (var index = 0; index < before.Length; index++)
        {
            var tree = _margin.Trees[index];
            after[index] = before[index].Length == 1
                ? before[index]
                : Array.FindAll(before[index], leaf => _box.CostWith(tree.Boxes[leaf]!) < Cost);
            if (after[index].Length == 0)
                return -1;
            var least = double.PositiveInfinity;
            foreach (var leaf in after[index])
                least = Math.Min(least, tree.Values[leaf]);
            sum += least;
            if (after[index].Length > 1 && after[index].Length < fewest)
                (branched, fewest) = (index, after[index].Length);
        }
        return sum > _slack ? -1 : branched;
    }

    // All rows of the box nearer than the best one fall into the same leaves.
    private void Offer()
    {
        var point = _box.Point();
        if (_classifier.Predict(point) != _label)
            (Cost, Point) = (_box.Cost, point);
        else if (_classifier.Form != TreeScoreForm.Raw)
            IsExact = false;
    }
}

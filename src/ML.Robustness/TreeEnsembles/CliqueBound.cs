namespace ML.Robustness.TreeEnsembles;

/// <summary>A certified lower bound of the distance at which a margin can fall below zero: the multi-level clique
/// method.</summary>
/// <remarks>
/// <para>
/// Chen, Zhang, Si, Li, Boning and Hsieh, "Robustness verification of tree-based models", NeurIPS 2019 (arXiv 1906.03849): the
/// trees are taken in groups, each group's least sum over leaves that have rows in common bounds what it can add.
/// </para>
/// <para>
/// Unlike the reference, no radius is guessed and bisected: every tuple of leaves has its distance, and the sum of the groups'
/// least values falls at these alone. T at a time over L levels is one group of T^L trees.
/// </para>
/// </remarks>
internal sealed class CliqueBound
{
    private readonly MarginEnsemble _margin;
    private readonly SearchBox _box;
    private readonly double _cap;
    private readonly int _mostTuples;
    private readonly ReachableLeaves _reachable;
    private readonly List<(double Cost, double Value)> _tuples = [];
    private readonly List<List<(double Cost, double Value)>> _groups = [];

    private CliqueBound(MarginEnsemble margin, RowGeometry geometry, double cap, int mostTuples)
    {
        _margin = margin;
        _box = new SearchBox(geometry);
        _cap = cap;
        _mostTuples = mostTuples;
        _reachable = ReachableLeaves.Of(margin, _box, cap);
    }

    /// <summary>The cost below which no change makes the margin fall below zero.</summary>
    /// <param name="margin">The margin.</param>
    /// <param name="geometry">The row, and how it may move.</param>
    /// <param name="cap">A cost that is not surpassed, such as that of a known adversarial row.</param>
    /// <param name="groupSize">The trees of a group.</param>
    /// <param name="mostTuples">The tuples of leaves that a group may have before it is split in two.</param>
    internal static double Of(MarginEnsemble margin, RowGeometry geometry, double cap, int groupSize, int mostTuples)
    {
        var bound = new CliqueBound(margin, geometry, cap, mostTuples);
        if (bound._reachable.Leaves.Any(leaves => leaves.Length == 0))
            return cap;
        for (var first = 0; first < margin.Trees.Length; first += groupSize)
            bound.AddGroup(first, Math.Min(first + groupSize, margin.Trees.Length));
        return bound.Sweep();
    }

    private void AddGroup(int first, int end)
    {
        _tuples.Clear();
        if (Collect(first, end, 0) || end - first == 1)
        {
            _groups.Add(Falling());
            return;
        }
        _box.Leave(0);
        var middle = (first + end) / 2;
        AddGroup(first, middle);
        AddGroup(middle, end);
    }

    private bool Collect(int tree, int end, double value)
    {
        if (tree == end)
        {
            _tuples.Add((_box.Cost, value));
            return _tuples.Count <= _mostTuples;
        }
        foreach (var leaf in _reachable.Leaves[tree])
        {
            var found = _margin.Trees[tree].Boxes[leaf]!;
            if (_box.CostWith(found) >= _cap)
                continue;
            var mark = _box.Mark;
            _box.Enter(found);
            var isWhole = Collect(tree + 1, end, value + _margin.Trees[tree].Values[leaf]);
            _box.Leave(mark);
            if (!isWhole)
                return false;
        }
        return true;
    }

    /// <summary>The tuples in the order of cost, each lower than those before it.</summary>
    private List<(double Cost, double Value)> Falling()
    {
        var falling = new List<(double Cost, double Value)>();
        _tuples.Sort();
        foreach (var tuple in _tuples)
        {
            if (falling.Count == 0 || tuple.Value < falling[^1].Value)
                falling.Add(tuple);
        }
        return falling;
    }

    private double Sweep()
    {
        var slack = _margin.Slack(_reachable.Least);
        var least = new double[_groups.Count];
        var events = _groups
            .SelectMany((tuples, group) => tuples.Skip(1).Select(tuple => (tuple.Cost, tuple.Value, Group: group)))
            .OrderBy(entry => entry.Cost).ToArray();
        for (var group = 0; group < least.Length; group++)
            least[group] = _groups[group][0].Value;
        if (_margin.Constant + least.Sum() <= slack)
            return 0;
        for (var place = 0; place < events.Length; place++)
        {
            least[events[place].Group] = Math.Min(least[events[place].Group], events[place].Value);
            var isLastOfCost = place + 1 == events.Length || events[place + 1].Cost > events[place].Cost;
            if (isLastOfCost && _margin.Constant + least.Sum() <= slack)
                return events[place].Cost;
        }
        return _cap;
    }
}

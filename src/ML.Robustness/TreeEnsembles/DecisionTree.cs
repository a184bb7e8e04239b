namespace ML.Robustness.TreeEnsembles;

/// <summary>A decision tree over numbers: at each node a feature of at most the threshold goes left.</summary>
/// <remarks>
/// The form of ML.NET's <c>RegressionTreeBase</c>: node 0 is the root, and a child below zero is the leaf of its complement
/// (<c>~child</c>). A tree without nodes has one leaf.
/// </remarks>
public sealed class DecisionTree
{
    private readonly int[] _left, _right, _features;
    private readonly float[] _thresholds;
    private readonly double[] _leaves;

    /// <summary>Creates a tree.</summary>
    /// <param name="leftChildren">The child of each node for a feature of at most the threshold.</param>
    /// <param name="rightChildren">The child of each node for a larger feature.</param>
    /// <param name="features">The number of each node's feature, 0 or more.</param>
    /// <param name="thresholds">The threshold of each node; may be infinite.</param>
    /// <param name="leafValues">The value of each leaf, one more than there are nodes.</param>
    /// <exception cref="ArgumentException">The lengths differ, a number is not allowed, or the nodes are no tree.</exception>
    public DecisionTree(
        IReadOnlyList<int> leftChildren, IReadOnlyList<int> rightChildren, IReadOnlyList<int> features,
        IReadOnlyList<float> thresholds, IReadOnlyList<double> leafValues)
    {
        ArgumentNullException.ThrowIfNull(leftChildren);
        ArgumentNullException.ThrowIfNull(rightChildren);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(thresholds);
        ArgumentNullException.ThrowIfNull(leafValues);
        (_left, _right, _features) = ([.. leftChildren], [.. rightChildren], [.. features]);
        (_thresholds, _leaves) = ([.. thresholds], [.. leafValues]);
        var nodes = _left.Length;
        if (_right.Length != nodes || _features.Length != nodes || _thresholds.Length != nodes || _leaves.Length != nodes + 1)
            throw new ArgumentException(
                $"A tree of {nodes} left children needs {nodes} right children, features and thresholds and {nodes + 1} leaves, "
                + $"got {_right.Length}, {_features.Length}, {_thresholds.Length} and {_leaves.Length}.", nameof(leafValues));
        CheckNumbers();
        CheckStructure();
        FeatureCount = nodes == 0 ? 0 : _features.Max() + 1;
    }

    /// <summary>The number of leaves.</summary>
    public int LeafCount => _leaves.Length;

    /// <summary>The number of features that a row needs: the largest feature's number and one.</summary>
    public int FeatureCount { get; }

    /// <summary>The value of each leaf.</summary>
    public IReadOnlyList<double> LeafValues => _leaves;

    internal ReadOnlySpan<int> Left => _left;

    internal ReadOnlySpan<int> Right => _right;

    internal ReadOnlySpan<int> Features => _features;

    internal ReadOnlySpan<float> Thresholds => _thresholds;

    /// <summary>The leaf that a row falls into.</summary>
    /// <param name="row">The features.</param>
    /// <returns>The number of the leaf, from zero.</returns>
    public int LeafOf(ReadOnlySpan<float> row)
    {
        if (_left.Length == 0)
            return 0;
        var node = 0;
        do
            node = row[_features[node]] <= _thresholds[node] ? _left[node] : _right[node];
        while (node >= 0);
        return ~node;
    }

    private void CheckNumbers()
    {
        for (var node = 0; node < _left.Length; node++)
        {
            if (_features[node] < 0 || float.IsNaN(_thresholds[node]))
                throw new ArgumentException(
                    $"Node {node} splits feature {_features[node]} at {_thresholds[node]}: expected a feature of 0 or more and a "
                    + "threshold that is a number. Splits by category are not supported.", nameof(Features));
        }
        if (_leaves.Any(value => !double.IsFinite(value)))
            throw new ArgumentException("Leaf values must be finite.", nameof(LeafValues));
    }

    private void CheckStructure()
    {
        var seenNodes = new bool[_left.Length];
        var seenLeaves = new bool[_leaves.Length];
        var open = new Stack<int>([_left.Length == 0 ? ~0 : 0]);
        var seen = 0;
        while (open.TryPop(out var child))
        {
            var (marks, place) = child < 0 ? (seenLeaves, ~child) : (seenNodes, child);
            if (place >= marks.Length || marks[place])
                throw new ArgumentException(
                    $"Child {child} is {(place >= marks.Length ? "not there" : "reached twice")}: the nodes are no tree. Give a "
                    + "node's number, or a leaf's as ~number, and each once.", nameof(Left));
            marks[place] = true;
            seen++;
            if (child >= 0)
            {
                open.Push(_right[child]);
                open.Push(_left[child]);
            }
        }
        if (seen != _left.Length + _leaves.Length)
            throw new ArgumentException("Some nodes or leaves are not reached from node 0: the nodes are no tree.", nameof(Left));
    }
}

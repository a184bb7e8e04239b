namespace ML.Robustness.TreeEnsembles;

/// <summary>A decision tree over numbers: at each node a feature of at most the threshold goes left.</summary>
/// <remarks>
/// The form of ML.NET's <c>RegressionTreeBase</c>: node 0 is the root, and a child below zero is the leaf of its complement
/// (<c>~child</c>). A tree without nodes has one leaf.
/// </remarks>
public sealed class DecisionTree
{
    private readonly Node[] _nodes;
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
        var nodes = leftChildren.Count;
        if (rightChildren.Count != nodes || features.Count != nodes || thresholds.Count != nodes
            || leafValues.Count != nodes + 1)
            throw new ArgumentException(
                $"A tree of {nodes} left children needs {nodes} right children, features and thresholds and {nodes + 1} leaves, "
                + $"got {rightChildren.Count}, {features.Count}, {thresholds.Count} and {leafValues.Count}.", nameof(leafValues));
        _nodes = [.. Enumerable.Range(0, nodes).Select(
            node => new Node(features[node], thresholds[node], leftChildren[node], rightChildren[node]))];
        _leaves = [.. leafValues];
        CheckNumbers();
        CheckStructure();
        FeatureCount = nodes == 0 ? 0 : _nodes.Max(node => node.Feature) + 1;
    }

    /// <summary>The number of leaves.</summary>
    public int LeafCount => _leaves.Length;

    /// <summary>The number of features that a row needs: the largest feature's number and one.</summary>
    public int FeatureCount { get; }

    /// <summary>The value of each leaf.</summary>
    public IReadOnlyList<double> LeafValues => _leaves;

    internal ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>The leaf that a row falls into.</summary>
    /// <param name="row">The features.</param>
    /// <returns>The number of the leaf, from zero.</returns>
    public int LeafOf(ReadOnlySpan<float> row)
    {
        if (_nodes.Length == 0)
            return 0;
        var next = 0;
        do
        {
            ref readonly var node = ref _nodes[next];
            next = row[node.Feature] <= node.Threshold ? node.Left : node.Right;
        }
        while (next >= 0);
        return ~next;
    }

    internal double ValueOf(ReadOnlySpan<float> row) => _leaves[LeafOf(row)];

    private void CheckNumbers()
    {
        var bad = Array.FindIndex(_nodes, node => node.Feature < 0 || float.IsNaN(node.Threshold));
        if (bad >= 0)
            throw new ArgumentException(
                $"Node {bad} splits feature {_nodes[bad].Feature} at {_nodes[bad].Threshold}: expected a feature of 0 or "
                    + $"more and "
                + "a threshold that is a number. Splits by category are not supported.", "features");
        if (_leaves.Any(value => !double.IsFinite(value)))
            throw new ArgumentException("Leaf values must be finite.", "leafValues");
    }

    private void CheckStructure()
    {
        var seenNodes = new bool[_nodes.Length];
        var seenLeaves = new bool[_leaves.Length];
        var open = new Stack<int>([_nodes.Length == 0 ? ~0 : 0]);
        var seen = 0;
        while (open.TryPop(out var child))
        {
            var (marks, place) = child < 0 ? (seenLeaves, ~child) : (seenNodes, child);
            if (place >= marks.Length || marks[place])
                throw new ArgumentException(
                    $"Child {child} is {(place >= marks.Length ? "not there" : "reached twice")}: the nodes are no tree. Give a "
                    + "node's number, or a leaf's as ~number, and each once.", "leftChildren");
            marks[place] = true;
            seen++;
            if (child >= 0)
            {
                open.Push(_nodes[child].Right);
                open.Push(_nodes[child].Left);
            }
        }
        if (seen != _nodes.Length + _leaves.Length)
            throw new ArgumentException("Some nodes or leaves are not reached from node 0: the nodes are no tree.",
                "leftChildren");
    }

    /// <summary>A node.</summary>
    /// <param name="Feature">The feature's number.</param>
    /// <param name="Threshold">The threshold.</param>
    /// <param name="Left">The child for a feature of at most the threshold.</param>
    /// <param name="Right">The child for a larger feature.</param>
    internal readonly record struct Node(int Feature, float Threshold, int Left, int Right);
}

using ML.Robustness.Onnx.Nodes;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Operators;

/// <summary>The trees of one node.</summary>
internal sealed class TreeEnsemble
{
    private readonly List<int> _roots = [];
    private readonly long[] _features;
    private readonly float[] _thresholds;
    private readonly string[] _modes;
    private readonly bool[] _missingIsTrue;
    private readonly int[] _yes;
    private readonly int[] _no;
    private readonly List<(int Target, float Weight)>?[] _leaves;
    private readonly float[]? _base;
    private readonly string _aggregate;
    private readonly int _targets;
    private readonly long _featureCount;

    private TreeEnsemble(NodeReader node, string kind, int targets)
    {
        long[] Integers(string name) => node.Required(node.Integers(name), name);
        var (trees, ids, modes) = (Integers("nodes_treeids"), Integers("nodes_nodeids"),
            node.Required(node.Texts("nodes_modes"), "nodes_modes"));
        var (yes, no) = (Integers("nodes_truenodeids"), Integers("nodes_falsenodeids"));
        (_features, _thresholds) = (Integers("nodes_featureids"), node.Required(node.Numbers("nodes_values"), "nodes_values"));
        (_modes, _targets) = (modes, targets);
        _missingIsTrue = [
            .. (node.Integers("nodes_missing_value_tracks_true") ?? new long[trees.Length]).Select(flag => flag != 0)];
        node.Ignore("nodes_hitrates", "classlabels_int64s", "classlabels_strings");
        int[] lengths = [ids.Length, modes.Length, yes.Length, no.Length, _features.Length, _thresholds.Length,
            _missingIsTrue.Length];
        if (targets < 1 || trees.Length == 0 || lengths.Any(length => length != trees.Length))
            throw node.Damaged("has lists of nodes of different lengths");

        var places = new Dictionary<(long Tree, long Node), int>();
        for (var i = 0; i < trees.Length; i++)
        {
            if (!places.TryAdd((trees[i], ids[i]), i))
                throw node.Damaged($"has node {ids[i]} of tree {trees[i]} twice");
        }
        int Find(long tree, long id) => places.TryGetValue((tree, id), out var place)
            ? place : throw node.Damaged($"names node {id} of tree {tree}, which it does not have");
        (_yes, _no) = (new int[trees.Length], new int[trees.Length]);
        for (var i = 0; i < trees.Length; i++)
        {
            if (_modes[i] == "LEAF")
                continue;
            if (_modes[i] is not ("BRANCH_LEQ" or "BRANCH_LT" or "BRANCH_GTE" or "BRANCH_GT" or "BRANCH_EQ" or "BRANCH_NEQ"))
                throw node.Damaged($"has the mode '{_modes[i]}'");
            (_yes[i], _no[i]) = (Find(trees[i], yes[i]), Find(trees[i], no[i]));
            if (_features[i] is < 0 or > int.MaxValue)
                throw node.Damaged($"names the feature {_features[i]}");
        }
        var children = Enumerable.Range(0, trees.Length).Where(place => _modes[place] != "LEAF")
            .SelectMany(place => new[] { _yes[place], _no[place] }).ToHashSet();
        _roots.AddRange(Enumerable.Range(0, trees.Length).Where(place => !children.Contains(place)));
        if (_roots.Select(root => trees[root]).Distinct().Count() != _roots.Count || _roots.Count != trees.Distinct().Count())
            throw node.Damaged("has a tree without a first node, or with several");
        CheckEnds(node);
        _featureCount = _features.Where((_, place) => _modes[place] != "LEAF").DefaultIfEmpty(-1).Max() + 1;

        var (leafTrees, leafNodes) = (Integers($"{kind}_treeids"), Integers($"{kind}_nodeids"));
        var (leafTargets, weights) = (Integers($"{kind}_ids"), node.Required(node.Numbers($"{kind}_weights"), $"{kind}_weights"));
        if (leafNodes.Length != leafTrees.Length || leafTargets.Length != leafTrees.Length || weights.Length != leafTrees.Length)
            throw node.Damaged("has lists of leaves of different lengths");
        _leaves = new List<(int, float)>?[trees.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            if (leafTargets[i] < 0 || leafTargets[i] >= targets)
                throw node.Damaged($"gives weight to target {leafTargets[i]} of {targets}");
            (_leaves[Find(leafTrees[i], leafNodes[i])] ??= []).Add(((int)leafTargets[i], weights[i]));
        }
        (_base, _aggregate) = (node.Numbers("base_values"), node.Text("aggregate_function", "SUM"));
        if (_base is { Length: var bases } && bases != targets && bases != 1)
            throw node.Damaged($"has {bases} base values for {targets} targets");
        if (_aggregate is not ("SUM" or "AVERAGE"))
            throw node.Unsupported($"the aggregate_function '{_aggregate}'");
        IsOfFirstTarget = leafTargets.All(target => target == 0);
        IsProbability = weights.All(weight => weight >= 0);
    }

    /// <summary>Whether all leaves have the first target.</summary>
    internal bool IsOfFirstTarget { get; }

    /// <summary>Whether no leaf is below zero.</summary>
    internal bool IsProbability { get; }

    /// <param name="node">The node.</param>
    /// <param name="kind">The first word of the leaves' attributes.</param>
    /// <param name="targets">The scores of a row.</param>
    internal static TreeEnsemble Read(NodeReader node, string kind, int targets) => new(node, kind, targets);

    /// <summary>The sums of the leaves, (N, targets), without a gradient.</summary>
    internal Tensor Scores(Tensor x)
    {
        if (x.dim() != 2 || x.shape[1] < _featureCount)
            throw new InvalidDataException(
                $"The trees read {_featureCount} features of a row, but rows have the shape "
                    + $"[{string.Join(", ", x.shape.Skip(1))}].");
        var (rows, columns) = (x.shape[0], x.shape[1]);
        Values.CheckSizes(rows, _targets);
        var (values, scores) = (Values.Numbers(x), new float[rows * _targets]);
        for (var row = 0; row < rows; row++)
            Add(values.AsSpan((int)(row * columns), (int)columns), scores.AsSpan(row * _targets, _targets));
        return tensor(scores, dtype: ScalarType.Float32, device: CPU).view(rows, _targets).to(x.dtype).to(x.device);
    }

    private void Add(ReadOnlySpan<float> row, Span<float> scores)
    {
        foreach (var root in _roots)
        {
            var place = root;
            while (_modes[place] != "LEAF")
                place = IsTrue(place, row[(int)_features[place]]) ? _yes[place] : _no[place];
            foreach (var (target, weight) in _leaves[place] ?? [])
                scores[target] += weight;
        }
        for (var target = 0; target < scores.Length; target++)
        {
            if (_aggregate == "AVERAGE")
                scores[target] /= _roots.Count;
            scores[target] += _base is null ? 0 : _base.Length == 1 && scores.Length > 1 ? 0 : _base[target];
        }
    }

    private bool IsTrue(int place, float value)
    {
        if (float.IsNaN(value) && _missingIsTrue[place])
            return true;
        var threshold = _thresholds[place];
        return _modes[place] switch
        {
            "BRANCH_LEQ" => value <= threshold,
            "BRANCH_LT" => value < threshold,
            "BRANCH_GTE" => value >= threshold,
            "BRANCH_GT" => value > threshold,
            "BRANCH_EQ" => value == threshold,
            _ => value != threshold,
        };
    }

    // No walk may go in a circle.
    private void CheckEnds(NodeReader node)
    {
        var states = new byte[_modes.Length];
        var open = new Stack<int>();
        foreach (var root in _roots)
        {
            open.Push(root);
            while (open.TryPop(out var place))
            {
                if (place < 0)
                {
                    states[~place] = 2;
                    continue;
                }
                if (states[place] == 1)
                    throw node.Damaged("has a tree whose nodes form a circle");
                if (states[place] == 2 || _modes[place] == "LEAF")
                    continue;
                states[place] = 1;
                open.Push(~place);
                open.Push(_yes[place]);
                open.Push(_no[place]);
            }
        }
    }
}

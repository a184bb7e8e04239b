namespace ML.Robustness.TreeEnsembles;

/// <summary>The margin of a class over another one as one sum of trees: the row is taken for the other one below zero.</summary>
internal sealed class MarginEnsemble
{
    private const double DoubleRounding = 1.0 / (1L << 52), FloatRounding = 1.0 / (1 << 23), Distinct = 1.0 / (1 << 21);

    private readonly double _otherConstant;
    private readonly bool _mayTie;

    private MarginEnsemble(MarginTree[] trees, double constant, double otherConstant, double cast, bool mayTie)
    {
        Trees = trees;
        Constant = constant;
        var largest = trees.Sum(tree => tree.Values.Max(Math.Abs)) + Math.Abs(constant);
        var additions = trees.Length - 1 + (constant == 0 ? 0 : 1);
        Rounding = 2 * additions * DoubleRounding * largest + cast;
        _otherConstant = otherConstant;
        _mayTie = mayTie;
        FeatureCount = trees.Max(tree => tree.Tree.FeatureCount);
        Splits = Crossings.Of(trees, FeatureCount);
    }

    internal MarginTree[] Trees { get; }

    internal double Constant { get; }

    internal int FeatureCount { get; }

    /// <summary>What rounding may add to a margin or take from it.</summary>
    internal double Rounding { get; }

    /// <summary>The thresholds of each feature.</summary>
    internal Crossings[] Splits { get; }

    internal static MarginEnsemble Binary(TreeEnsemble ensemble, float threshold, int label)
    {
        var sign = label == 1 ? 1 : -1;
        // The score is rounded to float before it is compared, the least of which may become zero.
        return new MarginEnsemble(
            [.. MarginTree.Of(ensemble, sign, false)], sign * (ensemble.Bias - threshold), 0,
            float.Epsilon + Math.Abs(threshold) * FloatRounding, false);
    }

    internal static MarginEnsemble Pair(
        TreeEnsemble[] ensembles, TreeScoreForm form, PlattScaling[] calibrations, int label, int other)
    {
        var (factor, constant) = Logit(label);
        var (otherFactor, otherConstant) = Logit(other);
        MarginTree[] trees =
            [.. MarginTree.Of(ensembles[label], factor, false), .. MarginTree.Of(ensembles[other], -otherFactor, true)];
        var cast = float.Epsilon + FloatRounding
            * (trees.Sum(tree => tree.Values.Max(Math.Abs)) + Math.Abs(constant) + Math.Abs(otherConstant));
        // Equal scores are the first class's; scores that differ may become equal in these forms.
        if (form == TreeScoreForm.Softmax)
            cast += Distinct;
        return new MarginEnsemble(
            trees, constant - otherConstant, otherConstant, cast, form == TreeScoreForm.Probability && other < label);

        (double Factor, double Constant) Logit(int index) => form == TreeScoreForm.Probability
            ? (-calibrations[index].Slope, -calibrations[index].Slope * ensembles[index].Bias - calibrations[index].Offset)
            : (1, ensembles[index].Bias);
    }

    /// <summary>The margin above which the class surely wins, given the least of each tree among the rows looked at.</summary>
    /// <remarks>
    /// Covers the rounding of sums in another order, and probabilities near one, which are equal though their logits differ:
    /// there the relative difference of p is at least that of the logits times 1 − p.
    /// </remarks>
    internal double Slack(ReadOnlySpan<double> leastOfTrees)
    {
        if (!_mayTie)
            return Rounding;
        var otherLogit = _otherConstant;
        for (var tree = 0; tree < Trees.Length; tree++)
            otherLogit -= Trees[tree].IsOther ? leastOfTrees[tree] : 0;
        var resolution = Distinct * (1 + Math.Exp(otherLogit + 1));
        return resolution <= 1 ? Rounding + resolution : double.PositiveInfinity;
    }

    /// <summary>The margin of a row, and the leaf of each tree.</summary>
    internal double Evaluate(ReadOnlySpan<float> row, Span<int> leaves)
    {
        var sum = Constant;
        for (var tree = 0; tree < Trees.Length; tree++)
        {
            leaves[tree] = Trees[tree].Tree.LeafOf(row);
            sum += Trees[tree].Values[leaves[tree]];
        }
        return sum;
    }
}

/// <summary>A tree's part in a margin.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Values">What each leaf adds to the margin.</param>
/// <param name="Boxes">The box of each leaf; null for a leaf that no row reaches.</param>
/// <param name="IsOther">Whether the tree is of the class that the margin is against.</param>
internal sealed record MarginTree(DecisionTree Tree, double[] Values, LeafBox?[] Boxes, bool IsOther)
{
    internal static IEnumerable<MarginTree> Of(TreeEnsemble ensemble, double factor, bool isOther) =>
        ensemble.Trees.Select((tree, index) => new MarginTree(
            tree, [.. tree.LeafValues.Select(value => factor * ensemble.Weights[index] * value)], LeafBox.Of(tree), isOther));
}

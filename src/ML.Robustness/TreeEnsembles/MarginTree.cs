namespace ML.Robustness.TreeEnsembles;

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

using Microsoft.ML.Trainers.FastTree;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Trees.Reading;

/// <summary>A generalized additive model as trees: each shape function is one tree of a single feature.</summary>
/// <remarks>
/// Its bins are those of the smallest upper bound that is at least the value, which is how a tree goes left. ML.NET's own methods
/// miss the last shape where a feature is constant, so that the arrays behind them are read.
/// </remarks>
internal static class GamShapes
{
    internal static TreeEnsemble Read(
        GamModelParametersBase model, FeatureSlot[] slots, IReadOnlyDictionary<(string, int), int> features)
    {
        var bounds = PrivateFields.Read<double[][]>(model, "_binUpperBounds");
        var effects = PrivateFields.Read<double[][]>(model, "_binEffects");
        var inputs = PrivateFields.Read<int[]>(model, "_shapeToInputMap");
        DecisionTree[] trees = [.. Enumerable.Range(0, effects.Length).Select(shape =>
        {
            var slot = slots[inputs[shape]];
            return TreeOf(features[(slot.Column, slot.Slot)],
                [.. bounds[shape].Select(bound => slot.RawThreshold(LargestSingle(bound)))], effects[shape]);
        })];
        return new TreeEnsemble(trees, [.. trees.Select(_ => 1.0)], model.Bias);
    }

    /// <summary>A balanced tree whose leaves are the bins in their order.</summary>
    private static DecisionTree TreeOf(int feature, float[] bounds, double[] effects)
    {
        var nodes = effects.Length - 1;
        var (left, right, thresholds) = (new int[nodes], new int[nodes], new float[nodes]);
        var made = 0;
        Make(0, effects.Length - 1);
        return new DecisionTree(left, right, [.. Enumerable.Repeat(feature, nodes)], thresholds, effects);

        int Make(int first, int last)
        {
            if (first == last)
                return ~first;
            var (node, middle) = (made++, (first + last) / 2);
            thresholds[node] = bounds[middle];
            left[node] = Make(first, middle);
            right[node] = Make(middle + 1, last);
            return node;
        }
    }

    /// <summary>The largest Single that is at most a number.</summary>
    private static float LargestSingle(double number)
    {
        var nearest = (float)number;
        return nearest > number ? MathF.BitDecrement(nearest) : nearest;
    }
}

using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Tests.TreeEnsembles;

/// <summary>Small random ensembles over a grid of thresholds, and their exact distances by trying every cell.</summary>
internal static class RandomTrees
{
    private static readonly float[] Grid = [-1, 0, 0.5f, 1.25f, 2];

    internal static TreeEnsemble Ensemble(Random random, int features, int trees, int depth) =>
        new([.. Enumerable.Range(0, trees).Select(_ => Tree(random, features, depth))],
            [.. Enumerable.Range(0, trees).Select(_ => 0.5 + random.NextDouble())], random.NextDouble() - 0.5);

    internal static float[] Row(Random random, int features) =>
        [.. Enumerable.Range(0, features).Select(_ => random.Next(4) == 0
            ? Grid[random.Next(Grid.Length)] : (float)(4 * random.NextDouble() - 1.5))];

    /// <summary>The least distance to a cell of another class; infinity where there is none.</summary>
    internal static double Nearest(TreeClassifier classifier, float[] row, int label, TreeNorm norm, double[] units)
    {
        var best = double.PositiveInfinity;
        var point = new float[row.Length];
        Visit(0, 0);
        return norm == TreeNorm.L2 ? Math.Sqrt(best) : best;

        void Visit(int feature, double cost)
        {
            if (feature == row.Length)
            {
                if (cost < best && classifier.Predict(point) != label)
                    best = cost;
                return;
            }
            for (var cell = 0; cell <= Grid.Length; cell++)
            {
                var low = cell == 0 ? float.NegativeInfinity : Grid[cell - 1];
                var high = cell == Grid.Length ? float.PositiveInfinity : Grid[cell];
                double value = row[feature];
                var change = value > high ? value - high : value <= low ? low - value : 0;
                var isInside = value > low && value <= high;
                if (units[feature] == 0 && !isInside)
                    continue;
                point[feature] = isInside ? row[feature] : value > high ? high : MathF.BitIncrement(low);
                var size = isInside ? 0 : change / units[feature];
                Visit(feature + 1, norm switch
                {
                    TreeNorm.LInf => Math.Max(cost, size),
                    TreeNorm.L1 => cost + size,
                    _ => cost + size * size,
                });
            }
        }
    }

    private static DecisionTree Tree(Random random, int features, int depth)
    {
        var (left, right, feature) = (new List<int>(), new List<int>(), new List<int>());
        var (thresholds, leaves) = (new List<float>(), new List<double>());
        Grow(depth);
        return new DecisionTree(left, right, feature, thresholds, leaves);

        int Grow(int deeper)
        {
            if (deeper == 0 || (deeper < depth && random.Next(5) == 0))
            {
                leaves.Add(2 * random.NextDouble() - 1);
                return ~(leaves.Count - 1);
            }
            var node = left.Count;
            left.Add(0);
            right.Add(0);
            feature.Add(random.Next(features));
            thresholds.Add(Grid[random.Next(Grid.Length)]);
            left[node] = Grow(deeper - 1);
            right[node] = Grow(deeper - 1);
            return node;
        }
    }
}

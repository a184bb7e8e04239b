namespace ML.Robustness.TreeEnsembles;

/// <summary>A weighted sum of decision trees, as gradient boosting and random forests make it.</summary>
public sealed class TreeEnsemble
{
    private readonly DecisionTree[] _trees;
    private readonly double[] _weights;

    /// <summary>Creates an ensemble.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="weights">The weight of each tree; null for 1.</param>
    /// <param name="bias">The number added to the sum.</param>
    /// <exception cref="ArgumentException">
    /// There are no trees, or the weights are not finite numbers, one for each tree.
    /// </exception>
    public TreeEnsemble(IReadOnlyList<DecisionTree> trees, IReadOnlyList<double>? weights = null, double bias = 0)
    {
        ArgumentNullException.ThrowIfNull(trees);
        _trees = [.. trees];
        _weights = weights is null ? [.. _trees.Select(_ => 1.0)] : [.. weights];
        if (_trees.Length == 0)
            throw new ArgumentException("An ensemble needs at least one tree.", nameof(trees));
        if (_weights.Length != _trees.Length || !_weights.All(double.IsFinite) || !double.IsFinite(bias))
            throw new ArgumentException(
                $"An ensemble of {_trees.Length} trees needs as many finite weights and a finite bias, got {_weights.Length} "
                + $"weights and the bias {bias}.", nameof(weights));
        Bias = bias;
        FeatureCount = _trees.Max(tree => tree.FeatureCount);
    }

    /// <summary>The trees.</summary>
    public IReadOnlyList<DecisionTree> Trees => _trees;

    /// <summary>The weight of each tree.</summary>
    public IReadOnlyList<double> Weights => _weights;

    /// <summary>The number added to the sum.</summary>
    public double Bias { get; }

    /// <summary>The number of features that a row needs.</summary>
    public int FeatureCount { get; }

    /// <summary>The score of a row, to the bit as ML.NET gives it: summed in double, rounded to float.</summary>
    /// <param name="row">The features.</param>
    /// <returns>The score.</returns>
    /// <exception cref="ArgumentException">The row has too few features.</exception>
    public float Score(ReadOnlySpan<float> row)
    {
        if (row.Length < FeatureCount)
            throw new ArgumentException($"A row needs {FeatureCount} features or more, got {row.Length}.", nameof(row));
        var sum = 0.0;
        for (var tree = 0; tree < _trees.Length; tree++)
            sum += _weights[tree] * _trees[tree].ValueOf(row);
        return (float)(sum + Bias);
    }
}

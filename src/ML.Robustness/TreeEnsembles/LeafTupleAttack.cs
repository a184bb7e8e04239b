using ML.Robustness.Numerics;

namespace ML.Robustness.TreeEnsembles;

/// <summary>An attack on tree ensembles: a search in the neighbourhood of leaf tuples.</summary>
/// <remarks>
/// <para>
/// After Zhang, Zhang and Hsieh, "An efficient adversarial attack for tree ensembles", NeurIPS 2020 (arXiv 2010.11598): the row
/// nearest to the clean one among those of a tuple of leaves, of which one is exchanged at a time.
/// </para>
/// <para>
/// Unlike the reference, starts are drawn among the cells between thresholds, so that they need no scale; a leaf that lies
/// farther than the best row is never tried; and only trees with a threshold that was crossed are evaluated again.
/// </para>
/// </remarks>
internal sealed class LeafTupleAttack
{
    private const int Tries = 300, RestartTries = 100, LineSteps = 10;

    private readonly TreeClassifier _classifier;
    private readonly MarginEnsemble _margin;
    private readonly RowGeometry _geometry;
    private readonly LeafTupleSearch _search;
    private readonly CancellationToken _cancellation;
    private readonly int _label;
    private readonly int[] _movable;
    private readonly int[] _leaves;
    private SplitMix64 _random;

    internal LeafTupleAttack(
        TreeClassifier classifier, MarginEnsemble margin, RowGeometry geometry, int label, ulong seed,
        CancellationToken cancellation)
    {
        (_classifier, _margin, _geometry, _label) = (classifier, margin, geometry, label);
        (_cancellation, _random) = (cancellation, new SplitMix64(seed));
        _search = new LeafTupleSearch(classifier, margin, geometry, label);
        _leaves = new int[margin.Trees.Length];
        _movable = [.. Enumerable.Range(0, margin.FeatureCount).Where(
            feature => !geometry.IsFixed(feature) && margin.Splits[feature].Distinct.Length > 0)];
    }

    /// <summary>The nearest row of another class that was found; null for none.</summary>
    internal LeafTuple? Run(int starts, int restarts)
    {
        LeafTuple? best = null;
        if (_movable.Length == 0)
            return best;
        for (var start = 0; start < starts; start++)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Start() is { } point && _search.Descend(point) is { } found && found.IsBelow(best))
                best = found;
        }
        for (var restart = 0; restart < restarts && best is not null; restart++)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Nearby(best) is { } point && _search.Descend(point) is { } found && found.IsBelow(best))
                best = found;
        }
        return best;
    }

    private float[]? Start()
    {
        var point = new float[_geometry.Row.Length];
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            _geometry.Row.CopyTo(point);
            var share = Math.Pow(2, -_random.Below(4));
            foreach (var feature in _movable)
            {
                if (Uniform() < share)
                    point[feature] = InRandomCell(feature);
            }
            if (IsOther(point))
                return Approach(point);
        }
        return null;
    }

    private float InRandomCell(int feature)
    {
        var thresholds = _margin.Splits[feature].Distinct;
        var cell = (int)_random.Below(thresholds.Length + 1);
        var low = Math.Max(_geometry.Low[feature], cell == 0 ? float.NegativeInfinity : thresholds[cell - 1]);
        var high = Math.Min(_geometry.High[feature], cell == thresholds.Length ? float.PositiveInfinity : thresholds[cell]);
        var value = _geometry.Row[feature];
        return low < high ? RowGeometry.Nearest(value, low, high) : value;
    }

    /// <summary>The row where the line to the clean one crosses into its class, by bisection.</summary>
    private float[] Approach(float[] point)
    {
        var (near, far) = (0.0, 1.0);
        var best = point;
        for (var step = 0; step < LineSteps; step++)
        {
            var middle = (near + far) / 2;
            var candidate = new float[point.Length];
            for (var feature = 0; feature < point.Length; feature++)
            {
                var value = _geometry.Row[feature];
                candidate[feature] = point[feature] == value ? value : (float)(value + middle * ((double)point[feature] - value));
            }
            if (IsOther(candidate))
                (far, best) = (middle, candidate);
            else
                near = middle;
        }
        return best;
    }

    /// <summary>A row of another class nearer than the best one, drawn around it.</summary>
    private float[]? Nearby(LeafTuple best)
    {
        var radius = _geometry.ToDistance(best.Cost);
        var point = new float[_geometry.Row.Length];
        for (var attempt = 0; attempt < RestartTries; attempt++)
        {
            best.Point.CopyTo(point, 0);
            var share = Math.Pow(2, -_random.Below(4));
            foreach (var feature in _movable)
            {
                if (Uniform() >= share)
                    continue;
                var reach = radius * _geometry.Unit(feature) * (2 * Uniform() - 1);
                var value = (float)(_geometry.Row[feature] + reach);
                point[feature] = value > _geometry.Low[feature] && value <= _geometry.High[feature]
                    ? value : _geometry.Row[feature];
            }
            if (_geometry.Distance(point) < radius && IsOther(point))
                return point;
        }
        return null;
    }

    private double Uniform() => (_random.Next() >> 11) * (1.0 / (1L << 53));

    private bool IsOther(float[] point) =>
        _margin.Evaluate(point, _leaves) <= _margin.Rounding && _classifier.Predict(point) != _label;
}

namespace ML.Robustness.TreeEnsembles;

/// <summary>Where a row may move, and how far its changes are: units, box and norm.</summary>
/// <remarks>
/// A box is open below: a row at or under its lower bound reaches it at the next float, and the distance is an infimum. Costs are
/// distances, of L2 their squares.
/// </remarks>
internal sealed class RowGeometry
{
    private readonly float[] _row;
    private readonly double[] _units;

    internal RowGeometry(float[] row, TreeNorm norm, double[] units, Func<int, (float Low, float High)> range)
    {
        _row = row;
        _units = units;
        Norm = norm;
        Low = new float[row.Length];
        High = new float[row.Length];
        for (var feature = 0; feature < row.Length; feature++)
            (Low[feature], High[feature]) = units[feature] == 0
                ? (MathF.BitDecrement(row[feature]), row[feature])
                : range(feature);
    }

    internal TreeNorm Norm { get; }

    internal ReadOnlySpan<float> Row => _row;

    /// <summary>The bounds below, not part of where the row may move.</summary>
    internal float[] Low { get; }

    /// <summary>The bounds above, part of it.</summary>
    internal float[] High { get; }

    internal bool IsFixed(int feature) => _units[feature] == 0;

    internal double Unit(int feature) => _units[feature];

    /// <summary>The least change of a feature into an interval, in its unit.</summary>
    internal double Change(int feature, float low, float high)
    {
        double value = _row[feature];
        return value > high ? (value - high) / _units[feature] : value <= low ? (low - value) / _units[feature] : 0;
    }

    /// <summary>The value of an interval nearest to another value.</summary>
    internal static float Nearest(float value, float low, float high) =>
        value > high ? high : value <= low ? MathF.BitIncrement(low) : value;

    /// <summary>The cost of a change of one feature.</summary>
    internal double Cost(double change) => Norm == TreeNorm.L2 ? change * change : change;

    /// <summary>The cost after one feature's change grew.</summary>
    internal double Grow(double cost, double before, double after) =>
        Norm == TreeNorm.LInf ? Math.Max(cost, after) : cost - Cost(before) + Cost(after);

    internal double ToCost(double distance) => Cost(distance);

    internal double ToDistance(double cost) => Norm == TreeNorm.L2 ? Math.Sqrt(cost) : cost;

    /// <summary>The distance of another row, in units.</summary>
    internal double Distance(ReadOnlySpan<float> other)
    {
        var cost = 0.0;
        for (var feature = 0; feature < _row.Length; feature++)
        {
            if (other[feature] != _row[feature])
                cost = Grow(cost, 0, Math.Abs((double)other[feature] - _row[feature]) / _units[feature]);
        }
        return ToDistance(cost);
    }
}

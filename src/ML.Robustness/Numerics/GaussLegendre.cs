namespace ML.Robustness.Numerics;

/// <summary>The nodes and weights of Gauss-Legendre quadrature on [0, 1].</summary>
internal static class GaussLegendre
{
    /// <summary>The rule of n nodes: the roots of the Legendre polynomial, by Newton's method.</summary>
    public static (double[] Nodes, double[] Weights) Rule(int count)
    {
        var (nodes, weights) = (new double[count], new double[count]);
        for (var i = 0; i < count; i++)
        {
            var root = Math.Cos(Math.PI * (i + 0.75) / (count + 0.5));
            var slope = 0.0;
            for (var step = 0; step < 100; step++)
            {
                (var value, slope) = Polynomial(count, root);
                var change = value / slope;
                root -= change;
                if (Math.Abs(change) < 1e-15)
                    break;
            }
            nodes[i] = (1 - root) / 2;
            weights[i] = 1 / ((1 - root * root) * slope * slope);
        }
        return (nodes, weights);
    }

    private static (double Value, double Slope) Polynomial(int degree, double x)
    {
        var (before, value) = (1.0, x);
        for (var k = 2; k <= degree; k++)
            (before, value) = (value, ((2 * k - 1) * x * value - (k - 1) * before) / k);
        return (value, degree * (x * value - before) / (x * x - 1));
    }
}

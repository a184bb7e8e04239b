namespace ML.Robustness.Corruptions;

/// <summary>
/// Plasma fractals by the diamond-square algorithm: each finer grid is the mean of its neighbours plus smaller random noise.
/// </summary>
internal static class PlasmaFractal
{
    private const double FirstNoise = 100;

    /// <summary>Turns random numbers into a plasma fractal, in place; opposite edges match.</summary>
    /// <param name="map">
    /// side × side uniform numbers in [−1, 1], each used for its own cell; on return a fractal from 0 to 1.
    /// </param>
    /// <param name="side">A power of two, two or more.</param>
    /// <param name="decay">The factor by which the noise falls from one grid to the next, above one.</param>
    internal static void Fill(Span<double> map, int side, double decay)
    {
        map[0] = 0;
        var noise = FirstNoise;
        for (var step = side; step >= 2; step /= 2, noise /= decay)
        {
            // The published algorithm multiplies a number up to the noise by the noise once more.
            var scale = noise * noise;
            var half = step / 2;
            for (var y = 0; y < side; y += step)
            {
                for (var x = 0; x < side; x += step)
                {
                    var sum =
                        map[Place(y, x)] + map[Place(y + step, x)] + map[Place(y, x + step)] + map[Place(y + step, x + step)];
                    map[Place(y + half, x + half)] = sum / 4 + scale * map[Place(y + half, x + half)];
                }
            }
            for (var y = 0; y < side; y += half)
            {
                // Cells between two corners, in a row of corners and in a row of centres.
                for (var x = y % step == 0 ? half : 0; x < side; x += step)
                {
                    var sum =
                        map[Place(y - half, x)] + map[Place(y + half, x)] + map[Place(y, x - half)] + map[Place(y, x + half)];
                    map[Place(y, x)] = sum / 4 + scale * map[Place(y, x)];
                }
            }
        }
        Stretch(map);

        int Place(int y, int x) => (y & (side - 1)) * side + (x & (side - 1));
    }

    private static void Stretch(Span<double> map)
    {
        var (least, greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in map)
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        foreach (ref var value in map)
            value = (value - least) / (greatest - least);
    }
}

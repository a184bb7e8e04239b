namespace ML.Robustness.Persistence;

/// <summary>The most that our formats hold. A file beyond a limit is refused, and so is writing one.</summary>
internal static class FileLimits
{
    internal const int Classes = 1 << 20;
    internal const int Layers = 1_000;

    /// <summary>The steps of an attack or of a search.</summary>
    internal const int Steps = 50_000;

    /// <summary>The samples of noise or of an average, and the restarts.</summary>
    internal const int Samples = 50_000;

    /// <summary>The passes through the network for one row: the product of steps, samples and restarts.</summary>
    internal const long Passes = 50_000;

    /// <summary>The points of integrated gradients, whose computation grows with their square.</summary>
    internal const int PathPoints = 4_096;

    /// <summary>The values of the rows that are computed at once.</summary>
    private const int ValuesAtOnce = 1 << 24;

    /// <summary>The rows, copies and points that go through a network at once.</summary>
    internal const int PassRows = 1 << 16;

    /// <summary>The classifiers of an ensemble.</summary>
    internal const int Classifiers = 1_000;

    /// <summary>The images of an IDX or CIFAR file, whose labels are kept in memory.</summary>
    internal const int Images = 1 << 26;

    /// <summary>
    /// A batch size that was read, lowered where its rows would have too many values; results do not depend on it.
    /// </summary>
    internal static int BatchSize(int batchSize, int rowLength) =>
        Math.Clamp(batchSize, 1, Math.Max(1, ValuesAtOnce / Math.Max(1, rowLength)));

    /// <summary>Describes settings that ask for more passes through the network than the limit; null where they do not.</summary>
    internal static string? TooManyPasses(params ReadOnlySpan<long> factors) => ProductOf(factors) is <= Passes ? null
        : $"steps, samples and restarts of {string.Join(" × ", factors.ToArray())} are more than {Passes} passes for a row";

    private static long? ProductOf(ReadOnlySpan<long> factors)
    {
        var product = 1L;
        foreach (var factor in factors)
        {
            if (factor < 1 || factor > Passes / product)
                return null;
            product *= factor;
        }

        return product;
    }
}

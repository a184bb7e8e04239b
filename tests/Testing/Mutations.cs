namespace ML.Robustness.Testing;

/// <summary>Damaged copies of a file's content, the same for the same seed.</summary>
internal static class Mutations
{
    private static readonly byte[][] Extremes =
        [[0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0x80], [0, 0, 0, 0], [0, 0, 0, 0x40]];

    /// <summary>Single bits turned over.</summary>
    internal static IEnumerable<byte[]> Flipped(byte[] content, int count = 200, int seed = 1)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var copy = (byte[])content.Clone();
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
            yield return copy;
        }
    }

    /// <summary>Cut short, from the last byte to nothing.</summary>
    internal static IEnumerable<byte[]> Cut(byte[] content, int count = 50, int seed = 2)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
            yield return content[..(i < Math.Min(10, content.Length) ? content.Length - 1 - i : random.Next(content.Length))];
    }

    /// <summary>Numbers of four bytes that are as large, small or negative as can be.</summary>
    internal static IEnumerable<byte[]> BlownUp(byte[] content, int count = 200, int seed = 3)
    {
        var random = new Random(seed);
        for (var i = 0; i < count && content.Length >= sizeof(int); i++)
        {
            var copy = (byte[])content.Clone();
            Extremes[random.Next(Extremes.Length)].CopyTo(copy, random.Next(copy.Length - sizeof(int) + 1));
            yield return copy;
        }
    }

    /// <summary>All of these.</summary>
    internal static IEnumerable<byte[]> All(byte[] content) => [.. Flipped(content), .. Cut(content), .. BlownUp(content)];

    /// <summary>The bytes that this thread allocated in a call.</summary>
    internal static long Allocated(Action call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

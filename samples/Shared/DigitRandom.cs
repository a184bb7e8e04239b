namespace Samples.Shared;

/// <summary>Random numbers that depend on a seed and a row alone (SplitMix64), not on what was drawn for other rows.</summary>
internal struct DigitRandom(int seed, long row, DigitRandom.Purpose purpose)
{
    private ulong _state = Mix(Mix(((ulong)(uint)seed << 32) | (uint)purpose) ^ (ulong)row);

    /// <summary>What the numbers are for: different purposes have different numbers.</summary>
    public enum Purpose
    {
        Order = 1,
        Drawing = 2,
        Pattern = 3,
        Label = 4,
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    public float Between(float low, float high) => low + (high - low) * ((Next() >> 40) * (1f / (1 << 24)));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

using System.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

internal static class RandomUtils
{
    public static TauswortheHybrid Create(int? seed) => seed.HasValue ? new TauswortheHybrid(unchecked((uint)seed.Value)) : new TauswortheHybrid(new Random());

    public static TauswortheHybrid Create(Random random) => new(random);

    /// <summary>The numbers 0 to <paramref name="size"/> - 1 in the order in which ML.NET shuffles them.</summary>
    public static int[] Permutation(Random random, int size)
    {
        int[] result = Enumerable.Range(0, size).ToArray();
        for (int i = 0; i < size; i++)
        {
            int other = i + random.Next(size - i);
            (result[i], result[other]) = (result[other], result[i]);
        }
        return result;
    }
}

/// <summary>Three Tausworthe generators and a linear congruential one (GPU Gems 3, chapter 37): the generator behind <see cref="IHost.Rand"/>.</summary>
internal sealed class TauswortheHybrid : Random
{
    private uint _z1;
    private uint _z2;
    private uint _z3;
    private uint _z4;

    public TauswortheHybrid(uint seed)
    {
        _z1 = seed;
        _z2 = Mix(_z1, _z1);
        _z3 = Mix(_z2, _z1);
        _z4 = Mix(_z3, _z1);
    }

    public TauswortheHybrid(Random source)
    {
        _z1 = DrawState(source);
        _z2 = DrawState(source);
        _z3 = DrawState(source);
        _z4 = Draw(source);
    }

    public override double NextDouble() => NextBits() * (1.0 / 4294967296.0);

    public override int Next()
    {
        uint bits = NextBits();
        return (int)(bits + (bits & 0x80000000U));
    }

    public override int Next(int maxValue)
    {
        Contracts.CheckParam(maxValue >= 0, nameof(maxValue), "maxValue must be non-negative");
        return (int)(((ulong)NextBits() * (ulong)maxValue) >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        Contracts.CheckParam(minValue <= maxValue, nameof(minValue), "minValue must be less than or equal to maxValue.");
        return (int)((long)(NextDouble() * ((long)maxValue - minValue)) + minValue);
    }

    /// <summary>All 32 bits of one step.</summary>
    public int NextSigned() => (int)NextBits();

    /// <summary>23 bits of one step, from 0 to less than 1.</summary>
    public override float NextSingle() => (NextBits() >> 9) * (1f / (1 << 23));

    public override void NextBytes(byte[] buffer)
    {
        Contracts.CheckValue(buffer, nameof(buffer));
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)Next();
    }

    // A state that is too small would make the Tausworthe steps degenerate.
    private static uint DrawState(Random source)
    {
        uint state;
        do
            state = Draw(source);
        while (state < 128);
        return state;
    }

    private static uint Draw(Random source) => ((uint)source.Next(0x10000) << 16) | (uint)source.Next(0x10000);

    // One round of the 32-bit MurmurHash3.
    private static uint Mix(uint hash, uint chunk)
        => (BitOperations.RotateLeft(hash ^ (BitOperations.RotateLeft(chunk * 0xCC9E2D51, 15) * 0x1B873593), 13) * 5) + 0xE6546B64;

    private static uint Step(uint z, int first, int second, int third, uint mask) => ((z & mask) << third) ^ (((z << first) ^ z) >> second);

    private uint NextBits()
    {
        _z1 = Step(_z1, 13, 19, 12, ~0x1U);
        _z2 = Step(_z2, 2, 25, 4, ~0x7U);
        _z3 = Step(_z3, 3, 11, 17, ~0xFU);
        _z4 = (_z4 * 1664525) + 1013904223;
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }
}

using ML.Robustness.Numerics;

namespace ML.Robustness.Tests.Numerics;

public class SplitMix64Tests
{
    // The reference's first outputs (Vigna, https://prng.di.unimi.it/splitmix64.c) for the seeds 0 and 1234567.
    [Fact]
    public void Next_KnownSeeds_GivesTheReferencesNumbers()
    {
        var zero = new SplitMix64(0);
        Assert.Equal((ulong[])[0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F],
            (ulong[])[zero.Next(), zero.Next(), zero.Next()]);
        var other = new SplitMix64(1234567);
        Assert.Equal((ulong[])[6457827717110365317, 3203168211198807973], (ulong[])[other.Next(), other.Next()]);
    }

    [Fact]
    public void Mix_OfTheNextState_IsTheNextNumber() =>
        Assert.Equal(new SplitMix64(5).Next(), SplitMix64.Mix(5 + SplitMix64.Golden));
}

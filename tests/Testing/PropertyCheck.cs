using CsCheck;

namespace ML.Robustness.Testing;

/// <summary>Checks a property on many cases, the same on every run.</summary>
internal static class PropertyCheck
{
    private const ulong Seed = 2026;
    private const int ShrinkingTries = 500;

    /// <summary>Runs the check on each case; where one fails, a smaller one is looked for.</summary>
    internal static void Holds<T>(Gen<T> cases, Action<T> check, int count = 200)
    {
        for (var number = 1u; number <= count; number++)
        {
            var random = new PCG(number, Seed);
            var start = random.ToString();
            var value = cases.Generate(random, null, out _);
            try
            {
                check(value);
            }
            catch
            {
                cases.Sample(check, seed: start, iter: ShrinkingTries, threads: 1);
                throw;
            }
        }
    }
}

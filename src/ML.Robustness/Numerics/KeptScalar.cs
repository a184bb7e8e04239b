using System.Runtime.CompilerServices;
using TorchSharp;

#pragma warning disable RS0030 // The only place that makes scalars.
namespace ML.Robustness.Numerics;

/// <summary>The numbers that tensor operations take, kept alive while libtorch reads them.</summary>
/// <remarks>
/// TorchSharp hands the address of a <see cref="Scalar"/> to libtorch and no longer refers to the object: a garbage collection of
/// another thread then frees the number while it is read. So each thread keeps the scalars that it uses: one for each number of
/// its table, which the same number finds again, and the last 256 that others replaced there. A scalar leaves both only after
/// its thread has asked for 256 more; an operation takes at most three, and returns before the next ones are made. So hand a
/// scalar to the operation directly: a variable or a field that keeps one for later does not protect it, and nobody may dispose
/// it.
/// </remarks>
internal static class KeptScalar
{
    [ThreadStatic]
    private static Table? _table;

    /// <summary>The integer 1: the factor of an addition.</summary>
    public static Scalar One => Kept(1);

    /// <summary>A number of floating point, kept alive; of a <c>float</c> too, which TorchSharp itself widens.</summary>
    public static Scalar Kept(double value) => (_table ??= new()).Find(BitConverter.DoubleToInt64Bits(value), isInteger: false);

    /// <summary>An integer, kept alive.</summary>
    public static Scalar Kept(long value) => (_table ??= new()).Find(value, isInteger: true);

    private sealed class Table
    {
        private const int IndexBits = 8;

        private readonly (long Bits, bool IsInteger, Scalar? Scalar)[] _entries = new (long, bool, Scalar?)[1 << IndexBits];
        private readonly Scalar?[] _replaced = new Scalar?[1 << IndexBits];
        private int _next;

        public Scalar Find(long bits, bool isInteger)
        {
            // Multiplied by 2^64 over the golden ratio, numbers that differ little spread over the table.
            var index = ((ulong)bits * 0x9E3779B97F4A7C15) >> (64 - IndexBits);
            ref var entry = ref _entries[index];
            return entry.Scalar is { } found && entry.Bits == bits && entry.IsInteger == isInteger ? found
                : Replace(ref entry, bits, isInteger);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private Scalar Replace(ref (long Bits, bool IsInteger, Scalar? Scalar) entry, long bits, bool isInteger)
        {
            var made = isInteger ? bits.ToScalar() : BitConverter.Int64BitsToDouble(bits).ToScalar();
            _replaced[_next] = entry.Scalar;
            _next = (_next + 1) % _replaced.Length;
            entry = (bits, isInteger, made);
            return made;
        }
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using static ML.Robustness.Numerics.SplitMix64;
using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>
/// Random numbers for rows: the same seed and row number give the same numbers in any batch, order, thread or device.
/// </summary>
/// <remarks>
/// A counter-based generator: each number is SplitMix64's mix of (seed, stream, row, element), so there is no state to advance
/// and libtorch's generators are never touched. Drawing twice from one object gives the same numbers; <see cref="Derive"/>
/// another stream for each use. Numbers are those of the machine's .NET, hence equal across CPU and GPU.
/// </remarks>
public sealed class RowRandom
{
    /// <summary>The number of values from which rows are drawn on several threads; the numbers do not depend on it.</summary>
    private const long ParallelFrom = 1 << 16;

    private readonly ulong _key;
    private readonly long _firstRow;
    private readonly long[]? _rows;

    /// <summary>Creates the random numbers of consecutive rows from row 0.</summary>
    /// <param name="seed">Any number.</param>
    public RowRandom(ulong seed)
        : this(seed, 0)
    {
    }

    /// <summary>Creates the random numbers of consecutive rows.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="firstRow">The number of the batch's first row; position i of a batch is row <paramref name="firstRow"/> +
    /// i.</param>
    public RowRandom(ulong seed, long firstRow)
        : this(Mix(seed + Golden), firstRow, null)
    {
    }

    /// <summary>Creates the random numbers of chosen rows, for example of a shuffled batch.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="rows">The row number of each position of the batch.</param>
    /// <exception cref="ArgumentNullException"><paramref name="rows"/> is null.</exception>
    public RowRandom(ulong seed, long[] rows)
        : this(Mix(seed + Golden), 0, (long[])(rows ?? throw new ArgumentNullException(nameof(rows))).Clone())
    {
    }

    private RowRandom(ulong key, long firstRow, long[]? rows) => (_key, _firstRow, _rows) = (key, firstRow, rows);

    /// <summary>Returns an independent stream for the same rows, for another restart, step or use.</summary>
    /// <param name="stream">The stream's number.</param>
    /// <returns>A generator of other numbers for the same rows.</returns>
    public RowRandom Derive(ulong stream) => new(Mix(_key ^ Mix(stream + Golden)), _firstRow, _rows);

    /// <summary>Returns the random numbers of some of the batch's rows.</summary>
    /// <param name="positions">Positions in the batch, from zero.</param>
    /// <returns>A generator whose position i is this one's position <c>positions[i]</c>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="positions"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A position lies outside the batch.</exception>
    public RowRandom Select(long[] positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        return new RowRandom(_key, 0, Array.ConvertAll(positions, RowAt));
    }

    /// <summary>The random numbers of several copies of the batch in sequence, different for each copy.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="first">The number of the first copy; a copy's numbers do not depend on those before it.</param>
    /// <param name="copies">How many follow one another.</param>
    internal RowRandom Repeat(long rows, int first, int copies)
    {
        var numbers = new long[checked(rows * copies)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = CopyOf(i % rows, first + (i / rows));
        return new RowRandom(_key, 0, numbers);
    }

    /// <summary>The random numbers of chosen copies of rows of the batch, the same as <see cref="Repeat"/> gives them.</summary>
    /// <param name="positions">The position in the batch of each row that is drawn.</param>
    /// <param name="copies">The number of its copy.</param>
    internal RowRandom Copies(long[] positions, int[] copies)
    {
        var numbers = new long[positions.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = CopyOf(positions[i], copies[i]);
        return new RowRandom(_key, 0, numbers);
    }

    /// <summary>The random numbers of consecutive positions of the batch.</summary>
    internal RowRandom Slice(long first, long count) => _rows is null
        ? new RowRandom(_key, _firstRow + first, null)
        : new RowRandom(_key, 0, _rows.AsSpan(checked((int)first), checked((int)count)).ToArray());

    /// <summary>The same stream for other rows, by their numbers.</summary>
    internal RowRandom ForRows(params long[] rows) => new(_key, 0, rows);

    /// <summary>The number of each row of a batch.</summary>
    internal long[] RowNumbers(long count) => _rows is not null && _rows.Length != count
        ? throw new ArgumentException($"This generator was made for {_rows.Length} rows, the batch has {count}.", nameof(count))
        : [.. Enumerable.Range(0, checked((int)count)).Select(position => RowAt(position))];

    /// <summary>Draws uniform numbers.</summary>
    /// <param name="like">Gives shape (N, …), element type and device.</param>
    /// <param name="low">The least value.</param>
    /// <param name="high">The bound above, reached only by rounding.</param>
    /// <returns>A contiguous tensor shaped as <paramref name="like"/>; the caller disposes.</returns>
    /// <exception cref="ArgumentException"><paramref name="like"/> has other rows than this generator, or is not floating
    /// point.</exception>
    public Tensor Uniform(Tensor like, double low, double high) => Draw(like, new UniformRow(low, high - low));

    /// <summary>Draws numbers of the standard normal distribution.</summary>
    /// <param name="like">Gives shape (N, …), element type and device.</param>
    /// <returns>A contiguous tensor shaped as <paramref name="like"/>; the caller disposes.</returns>
    /// <remarks>Box and Muller's transform in managed code: libtorch's vectorised logarithm rounds by a value's place in the
    /// batch.</remarks>
    /// <exception cref="ArgumentException"><paramref name="like"/> has other rows than this generator, or is not floating
    /// point.</exception>
    public Tensor Normal(Tensor like) => Draw(like, default(NormalRow));

    private Tensor Draw<TRow>(Tensor like, TRow row)
        where TRow : struct, IRowFiller
    {
        ArgumentNullException.ThrowIfNull(like);
        var shape = like.shape;
        if (shape.Length == 0 || !like.is_floating_point())
            throw new ArgumentException(
                $"Random numbers are drawn like a floating-point batch (N, …), got {like.dtype} with {shape.Length} dimensions.",
                nameof(like));
        if (_rows is not null && _rows.Length != shape[0])
            throw new ArgumentException($"This generator was made for {_rows.Length} rows, the batch has {shape[0]}.",
                nameof(like));

        using var scope = NewDisposeScope();
        var wide = like.dtype == ScalarType.Float64;
        var values = empty(shape, wide ? ScalarType.Float64 : ScalarType.Float32, CPU);
        var length = 1;
        foreach (var size in shape.AsSpan(1))
            length = checked(length * (int)size);
        if (length > 0 && shape[0] * length >= ParallelFrom)
            Parallel.For(0, (int)shape[0], Fill);
        else
        {
            for (var position = 0; position < shape[0] && length > 0; position++)
                Fill(position);
        }
        // Not waited for: a GPU still computes while the processor draws the next numbers.
        return values.to(like.dtype, like.device, non_blocking: true).MoveToOuterDisposeScope();

        void Fill(int position)
        {
            var state = Mix(_key + Golden * (ulong)RowAt(position));
            var bytes = values.bytes; // The span of the whole batch: no copy.
            if (wide)
                row.Fill(MemoryMarshal.Cast<byte, double>(bytes).Slice(position * length, length), state);
            else
                row.Fill(MemoryMarshal.Cast<byte, float>(bytes).Slice(position * length, length), state);
        }
    }

    private long CopyOf(long position, long copy) =>
        (long)Mix((ulong)RowAt(position) ^ Mix(Golden * (ulong)(copy + 1)));

    private long RowAt(long position)
    {
        if (_rows is null)
            return position >= 0 ? _firstRow + position : throw new ArgumentOutOfRangeException(nameof(position));
        return position >= 0 && position < _rows.Length
            ? _rows[position]
            : throw new ArgumentOutOfRangeException(nameof(position),
                $"Position {position} lies outside the batch of {_rows.Length} rows.");
    }

    /// <summary>The double in [0, 1) of a 64-bit number.</summary>
    private static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    private interface IRowFiller
    {
        void Fill<T>(Span<T> row, ulong state)
            where T : struct, IBinaryFloatingPointIeee754<T>;
    }

    private readonly struct UniformRow(double low, double span) : IRowFiller
    {
        public void Fill<T>(Span<T> row, ulong state)
            where T : struct, IBinaryFloatingPointIeee754<T>
        {
            foreach (ref var value in row)
            {
                state += Golden;
                value = T.CreateTruncating(low + span * Unit(Mix(state)));
            }
        }
    }

    private readonly struct NormalRow : IRowFiller
    {
        public void Fill<T>(Span<T> row, ulong state)
            where T : struct, IBinaryFloatingPointIeee754<T>
        {
            for (var i = 0; i < row.Length; i += 2)
            {
                var radius = Math.Sqrt(-2 * Math.Log(1 - Unit(Mix(state += Golden))));
                var (sine, cosine) = Math.SinCos(Math.Tau * Unit(Mix(state += Golden)));
                row[i] = T.CreateTruncating(radius * cosine);
                if (i + 1 < row.Length)
                    row[i + 1] = T.CreateTruncating(radius * sine);
            }
        }
    }
}

using System.Runtime.InteropServices;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>The rows from which searches start: for each row another row of the same data, drawn by its random number.</summary>
public sealed partial class InitialRows : IDisposable
{
    private const ulong DrawStream = 0x53_74_61_72_74; // "Start"

    private readonly Dictionary<long, long> _places;

    /// <summary>Creates the rows, which take ownership of the tensor.</summary>
    /// <param name="inputs">
    /// (P, …), two rows or more: floating point in the user's range, or uint8, read as value / 255. Freed with this
    /// object.
    /// </param>
    /// <param name="numbers">The number of each row; null for 0, 1, 2 …</param>
    /// <exception cref="ArgumentException">There are fewer than two rows, or not a number for each.</exception>
    public InitialRows(Tensor inputs, long[]? numbers = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var count = inputs.dim() < 2 ? 0 : inputs.shape[0];
        if (count < 2)
            throw new ArgumentException(
                "Starts are other rows of the data, so there must be two or more, (P, …); got shape " +
                $"{TensorShape.Text(inputs)}.", nameof(inputs));
        if (numbers is not null && numbers.Length != count)
            throw new ArgumentException($"There are {count} rows but {numbers.Length} numbers.", nameof(numbers));
        Inputs = inputs.DetachFromDisposeScope();
        Numbers = numbers is null ? [.. Enumerable.Range(0, checked((int)count)).Select(place => (long)place)] : [.. numbers];
        _places = [];
        for (var place = 0; place < Numbers.Count; place++)
            _places[Numbers[place]] = place;
    }

    /// <summary>The rows, (P, …), as they were given.</summary>
    public Tensor Inputs { get; }

    /// <summary>The number of each row.</summary>
    public IReadOnlyList<long> Numbers { get; }

    /// <summary>Whether there is a row of this number.</summary>
    internal bool Has(long number) => _places.ContainsKey(number);

    /// <summary>Frees the rows.</summary>
    public void Dispose() => Inputs.Dispose();

    /// <summary>
    /// Draws the position of another row for each row of the batch: uniform over all but the row of the same number.
    /// </summary>
    internal long[] Draw(RowRandom random, long rows)
    {
        using var scope = NewDisposeScope();
        var shares = MemoryMarshal.Cast<byte, double>(
            random.Derive(DrawStream).Uniform(zeros([rows, 1], ScalarType.Float64, CPU), 0, 1).bytes);
        var own = random.RowNumbers(rows);
        var places = new long[rows];
        for (var row = 0; row < rows; row++)
        {
            var isIn = _places.TryGetValue(own[row], out var place);
            var others = Numbers.Count - (isIn ? 1 : 0);
            var drawn = Math.Min((long)(shares[row] * others), others - 1);
            places[row] = isIn && drawn >= place ? drawn + 1 : drawn;
        }
        return places;
    }

    /// <summary>
    /// The rows at given positions, converted to a type and device; a copy that belongs to the current dispose scope.
    /// </summary>
    internal Tensor At(long[] places, Tensor like)
    {
        using var scope = NewDisposeScope();
        var rows = Inputs.index_select(0, tensor(places, device: CPU).to(Inputs.device)).to(like.dtype, like.device);
        return (Inputs.dtype == ScalarType.Byte ? rows.div_(Kept(255)) : rows).MoveToOuterDisposeScope();
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The scalars of one column for rows that were read ahead.</summary>
/// <param name="getter">Reads the value of the row that the source is on.</param>
/// <param name="copy">Makes a value that stays as it is; null where every value does.</param>
internal sealed class KeptValues<T>(ValueGetter<T> getter, Func<T, T>? copy) : KeptColumn
{
    private T[] _values = [];

    internal override void Read(int row)
    {
        Grow(ref _values, row);
        // Never the object of an earlier row, which is handed out yet.
        T value = default!;
        getter(ref value);
        _values[row] = copy is null ? value : copy(value);
    }

    internal override Delegate CreateGetter(Func<int> row) => new ValueGetter<T>((ref T value) => value = _values[row()]);
}

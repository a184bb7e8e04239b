using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The vectors of one column for rows that were read ahead, dense or sparse as they came.</summary>
/// <param name="getter">Reads the vector of the row that the source is on.</param>
internal sealed class KeptVectors<T>(ValueGetter<VBuffer<T>> getter) : KeptColumn
{
    private VBuffer<T>[] _vectors = [];

    internal override void Read(int row)
    {
        Grow(ref _vectors, row);
        ref var vector = ref _vectors[row];
        var values = vector.GetValues();
        var indices = vector.GetIndices();
        getter(ref vector);
        // A source writes into the memory that it is handed, which is ours, or hands over memory that may be its own.
        if (!IsSame(values, vector.GetValues()) || !IsSame(indices, vector.GetIndices()))
        {
            VBuffer<T> copy = default;
            vector.CopyTo(ref copy);
            vector = copy;
        }

        if (_vectors is VBuffer<ReadOnlyMemory<char>>[] texts)
        {
            foreach (ref var text in VBufferEditor.CreateFromBuffer(ref texts[row]).Values)
                text = Own(text);
        }
    }

    internal override Delegate CreateGetter(Func<int> row) =>
        new ValueGetter<VBuffer<T>>((ref VBuffer<T> value) => _vectors[row()].CopyTo(ref value));

    internal override Delegate CreateReader(Func<int> row) =>
        new ValueGetter<VBuffer<T>>((ref VBuffer<T> value) => value = _vectors[row()]);

    private static bool IsSame<TItem>(ReadOnlySpan<TItem> one, ReadOnlySpan<TItem> other) =>
        Unsafe.AreSame(ref MemoryMarshal.GetReference(one), ref MemoryMarshal.GetReference(other));
}

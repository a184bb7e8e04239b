using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The vectors of one column for rows that were read ahead, dense or sparse as they came.</summary>
/// <param name="getter">Reads the vector of the row that the source is on.</param>
internal sealed class KeptVectors<T>(ValueGetter<VBuffer<T>> getter) : KeptColumn
{
    private VBuffer<T>[] _vectors = [];
    private VBuffer<T> _read;

    internal override void Read(int row)
    {
        Grow(ref _vectors, row);
        getter(ref _read);
        _read.CopyTo(ref _vectors[row]);
        if (_vectors is VBuffer<ReadOnlyMemory<char>>[] texts)
        {
            foreach (ref var text in VBufferEditor.CreateFromBuffer(ref texts[row]).Values)
                text = Own(text);
        }
    }

    internal override Delegate CreateGetter(Func<int> row) =>
        new ValueGetter<VBuffer<T>>((ref VBuffer<T> value) => _vectors[row()].CopyTo(ref value));
}

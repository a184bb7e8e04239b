using System.Collections;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the CPU, in row-major order whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;
    private torch.Tensor tensor;
    private T* first;

    internal TensorAccessor(torch.Tensor tensor)
    {
        this.tensor = tensor;
        first = (T*)tensor.Data();
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    public T this[params long[] indices]
    {
        get => first[Offset(indices)];
        set => first[Offset(indices)] = value;
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        if (Count > 0)
            CopyTo(array);
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = Overlap(array.Length - arrayIndex, tensorIndex);
        if (contiguous)
        {
            new ReadOnlySpan<T>(first + tensorIndex, count).CopyTo(array[arrayIndex..]);
            return;
        }
        for (var i = 0; i < count; i++)
            array[arrayIndex + i] = first[Offset(tensorIndex + i)];
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0L; i < Count; i++)
            yield return At(i);
    }

    public void Dispose()
    {
        first = null;
        tensor = null;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T At(long position) => first[Offset(position)];

    private int Overlap(int room, long startingIndex)
    {
        if (startingIndex < 0 || startingIndex >= Count)
            throw new ArgumentOutOfRangeException(nameof(startingIndex));
        return (int)Math.Min(room, Count - startingIndex);
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1)
            return indices[0] < Count ? Offset(indices[0]) : throw new IndexOutOfRangeException();
        var offset = 0L;
        for (var i = 0; i < shape.Length; i++)
        {
            if (indices[i] < 0 || indices[i] >= shape[i])
                throw new IndexOutOfRangeException($"{indices[i]} >= {shape[i]} in dimension {i}.");
            offset += indices[i] * strides[i];
        }
        return offset;
    }

    /// <summary>Where the element at a row-major position lies.</summary>
    private long Offset(long position)
    {
        if (position < 0)
            throw new ArgumentOutOfRangeException($"{position} in a collection of {Count} elements.");
        if (contiguous)
            return position;
        var offset = 0L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            position = Math.DivRem(position, shape[i], out var along);
            offset += along * strides[i];
        }
        return offset;
    }
}

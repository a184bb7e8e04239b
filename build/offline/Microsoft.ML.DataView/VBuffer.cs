using System.Collections;

namespace Microsoft.ML.Data;

public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[] _values;
    private readonly int[] _indices;
    private readonly int _count;

    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null)
        : this(length, length, values, indices)
    {
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        Check(length >= 0, nameof(length));
        Check(count >= 0 && count <= length, nameof(count));
        Check((values?.Length ?? 0) >= count, nameof(values));
        Check(count == length || (indices?.Length ?? 0) >= count, nameof(indices));
        Length = length;
        _count = count;
        _values = values;
        _indices = indices;
    }

    public bool IsDense => _count == Length;

    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        int available = source?.Length ?? 0;
        Check(length >= 0 && length <= available, nameof(length));
        Check(sourceIndex >= 0 && sourceIndex <= available - length, nameof(sourceIndex));
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyToDense(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        Check(sourceIndex >= 0 && sourceIndex <= Length, nameof(sourceIndex));
        Check(length >= 0 && sourceIndex <= Length - length, nameof(length));
        int first = IsDense ? sourceIndex : Find(sourceIndex);
        int count = IsDense ? length : Find(sourceIndex + length) - first;
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length, count);
        GetValues().Slice(first, count).CopyTo(editor.Values);
        for (int i = 0; i < editor.Indices.Length; i++)
            editor.Indices[i] = IsDense ? i : _indices[first + i] - sourceIndex;
        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        if (destinationIndex < 0 || destinationIndex > destination.Length - Length)
            throw new ArgumentOutOfRangeException(nameof(destination), "Not large enough to hold these values.");
        Span<T> target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }
        target.Fill(_count == 0 ? default : defaultValue);
        for (int i = 0; i < _count; i++)
            target[_indices[i]] = _values[i];
    }

    public T GetItemOrDefault(int index)
    {
        Check(index >= 0 && index < Length, nameof(index));
        if (IsDense)
            return _values[index];
        int position = Find(index);
        return position < _count && _indices[position] == index ? _values[position] : default;
    }

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        if (all || IsDense)
            return DenseValues().Select((value, index) => KeyValuePair.Create(index, value));
        T[] values = _values;
        int[] indices = _indices;
        return Enumerable.Range(0, _count).Select(i => KeyValuePair.Create(indices[i], values[i]));
    }

    public IEnumerable<T> DenseValues()
    {
        T[] values = _values;
        int[] indices = _indices;
        int count = _count;
        int length = Length;
        return Walk();

        IEnumerable<T> Walk()
        {
            for (int index = 0, position = 0; index < length; index++)
            {
                if (count == length)
                    yield return values[index];
                else
                    yield return position < count && indices[position] == index ? values[position++] : default;
            }
        }
    }

    public IEnumerator GetEnumerator() => _values.GetEnumerator();

    public override string ToString()
        => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    internal VBufferEditor<T> Edit(int length, int count, int? capacity, bool keepOld, bool requireIndices)
    {
        bool newValues = EnsureSize(_values, count, capacity, keepOld, out T[] values);
        int[] indices = _indices;
        bool newIndices = (count != length || requireIndices) && EnsureSize(_indices, count, capacity, keepOld, out indices);
        return new VBufferEditor<T>(length, count, values, indices, count != length || requireIndices, newValues, newIndices);
    }

    internal VBufferEditor<T> Edit() => Edit(Length, _count, null, false, false);

    private static bool EnsureSize<TItem>(TItem[] current, int minimum, int? capacity, bool keepOld, out TItem[] result)
    {
        result = current;
        int size = current?.Length ?? 0;
        if (size >= minimum && (size > 0 || minimum > 0))
            return false;
        if (minimum == 0)
            return false;
        long doubled = Math.Max(minimum, keepOld ? Math.Max(4L, 2L * size) : minimum);
        int wanted = (int)Math.Max(minimum, Math.Min(doubled, capacity ?? Array.MaxLength));
        result = new TItem[wanted];
        if (keepOld && current != null)
            current.CopyTo(result, 0);
        return true;
    }

    private int Find(int index)
    {
        int position = _count == 0 ? -1 : Array.BinarySearch(_indices, 0, _count, index);
        return position >= 0 ? position : ~position;
    }

    private static void Check(bool condition, string name)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(name);
    }
}

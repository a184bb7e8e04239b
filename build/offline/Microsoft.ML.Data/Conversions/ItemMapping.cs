namespace Microsoft.ML.Data;

/// <summary>Getters that map every item of a column, scalar or vector, in the same way.</summary>
internal static class ItemMapping
{
    /// <summary>A getter over a row. A sparse vector stays sparse where the item's default maps to the result's default.</summary>
    public static Delegate MakeGetter<TSource, TTarget>(DataViewRow row, DataViewSchema.Column input, Func<TSource, TTarget> map)
    {
        if (input.Type is VectorDataViewType)
            return MakeVectorGetter(row.GetGetter<VBuffer<TSource>>(input), map);
        ValueGetter<TSource> getter = row.GetGetter<TSource>(input);
        TSource source = default;
        return (ValueGetter<TTarget>)((ref TTarget target) =>
        {
            getter(ref source);
            target = map(source);
        });
    }

    private static ValueGetter<VBuffer<TTarget>> MakeVectorGetter<TSource, TTarget>(ValueGetter<VBuffer<TSource>> getter, Func<TSource, TTarget> map)
    {
        VBuffer<TSource> source = default;
        return (ref VBuffer<TTarget> target) =>
        {
            getter(ref source);
            ReadOnlySpan<TSource> values = source.GetValues();
            if (!source.IsDense && EqualityComparer<TTarget>.Default.Equals(map(default), default))
            {
                VBufferEditor<TTarget> sparse = VBufferEditor.Create(ref target, source.Length, values.Length);
                for (int i = 0; i < values.Length; i++)
                    sparse.Values[i] = map(values[i]);
                source.GetIndices().CopyTo(sparse.Indices);
                target = sparse.Commit();
                return;
            }
            VBufferEditor<TTarget> editor = VBufferEditor.Create(ref target, source.Length);
            int slot = 0;
            foreach (TSource value in source.DenseValues())
                editor.Values[slot++] = map(value);
            target = editor.Commit();
        };
    }

    public static bool IsMissing<T>(T value, DataViewType type) => value switch
    {
        float number => float.IsNaN(number),
        double number => double.IsNaN(number),
        ReadOnlyMemory<char> text => text.IsEmpty,
        _ => type is KeyDataViewType && EqualityComparer<T>.Default.Equals(value, default),
    };

    /// <summary>The missing value of the type, or its default where it has none.</summary>
    public static T Missing<T>() => typeof(T) == typeof(float) ? (T)(object)float.NaN : typeof(T) == typeof(double) ? (T)(object)double.NaN : default;
}

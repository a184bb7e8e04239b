using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public static class ColumnCursorExtensions
{
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckNonEmpty(columnName, nameof(columnName));
        return data.GetColumn<T>(data.Schema[columnName]);
    }

    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        Contracts.CheckValue(data, nameof(data));
        Type raw = column.Type.RawType;
        Type item = column.Type.GetItemType().RawType;
        if (typeof(T) == raw)
            return Read(data, column, (T value) => value);
        if (typeof(T) == typeof(string) && column.Type is TextDataViewType)
            return Read(data, column, (ReadOnlyMemory<char> value) => (T)(object)value.ToString());
        if (typeof(T) == typeof(string[]) && item == typeof(ReadOnlyMemory<char>) && raw != item)
            return Read(data, column, (VBuffer<ReadOnlyMemory<char>> value) => (T)(object)value.DenseValues().Select(text => text.ToString()).ToArray());
        if (typeof(T).IsArray && raw != item && typeof(T).GetElementType() == item)
            return Generic.Call(ReadArrays<int>, item, data, column).Cast<T>();
        throw Contracts.ExceptParam(nameof(column), $"Cannot map column (name: {column.Name}, type: {column.Type}) in data to the user-defined type, {typeof(T)}.");
    }

    private static IEnumerable<object> ReadArrays<TItem>(IDataView data, DataViewSchema.Column column)
        => Read(data, column, (VBuffer<TItem> value) => (object)value.DenseValues().ToArray());

    // As in ML.NET, a VBuffer that is handed out as it is shares its arrays with those of the rows after it.
    private static IEnumerable<T> Read<TValue, T>(IDataView data, DataViewSchema.Column column, Func<TValue, T> convert)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<TValue> getter = cursor.GetGetter<TValue>(cursor.Schema[column.Index]);
        TValue value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            yield return convert(value);
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>Reads a column of numbers into memory, row after row.</summary>
internal static class ColumnNumbers
{
    /// <exception cref="NotSupportedException">The column is none of Single or Boolean, or its vectors have no fixed
    /// size.</exception>
    internal static float[] Read(IDataView rows, string name)
    {
        var column = rows.Schema[name];
        using var cursor = rows.GetRowCursor([column]);
        var read = Reader(cursor, column);
        var values = new List<float>();
        while (cursor.MoveNext())
            read(values);
        return [.. values];
    }

    private static Action<List<float>> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type == NumberDataViewType.Single)
            return Scalar<float>(row, column, static value => value);
        if (column.Type is BooleanDataViewType)
            return Scalar<bool>(row, column, static value => value ? 1 : 0);
        if (column.Type is VectorDataViewType { IsKnownSize: true } vector)
        {
            if (vector.ItemType == NumberDataViewType.Single)
                return Vector<float>(row, column, static value => value);
            if (vector.ItemType is BooleanDataViewType)
                return Vector<bool>(row, column, static value => value ? 1 : 0);
        }
        throw new NotSupportedException($"column '{column.Name}' is of {column.Type}");
    }

    private static Action<List<float>> Scalar<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> number)
    {
        var get = row.GetGetter<T>(column);
        var value = default(T)!;
        return values =>
        {
            get(ref value);
            values.Add(number(value));
        };
    }

    private static Action<List<float>> Vector<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> number)
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> vector = default;
        return values =>
        {
            get(ref vector);
            foreach (var value in vector.DenseValues())
                values.Add(number(value));
        };
    }
}

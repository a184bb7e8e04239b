using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Reads data views the long way, getter by getter.</summary>
internal static class RowValues
{
    public static List<(uint Label, T[] Features, ulong Id)> Read<T>(IDataView view, Random? random = null)
    {
        using var cursor = view.GetRowCursor(view.Schema, random);
        return Read<T>(cursor);
    }

    public static List<(uint Label, T[] Features, ulong Id)> Read<T>(DataViewRowCursor cursor)
    {
        var features = cursor.GetGetter<VBuffer<T>>(cursor.Schema["Features"]);
        var label = cursor.GetGetter<uint>(cursor.Schema["Label"]);
        var id = cursor.GetIdGetter();
        var rows = new List<(uint, T[], ulong)>();
        VBuffer<T> values = default;
        uint key = 0;
        DataViewRowId rowId = default;
        while (cursor.MoveNext())
        {
            Assert.Equal(rows.Count, cursor.Position);
            features(ref values);
            label(ref key);
            id(ref rowId);
            rows.Add((key, values.DenseValues().ToArray(), rowId.Low));
        }

        return rows;
    }

    public static T[] KeyValues<T>(IDataView view)
    {
        VBuffer<T> values = default;
        view.Schema["Label"].GetKeyValues(ref values);
        return [.. values.DenseValues()];
    }
}

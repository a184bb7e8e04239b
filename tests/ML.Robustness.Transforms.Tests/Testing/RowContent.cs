using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Imaging;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>The values of some columns of a row, whatever their types.</summary>
/// <param name="Id">The row's id.</param>
/// <param name="Text">Texts and the bytes of images.</param>
/// <param name="Numbers">Numbers, keys and flags, column by column.</param>
internal sealed record RowContent(string Id, string Text, double[] Numbers)
{
    /// <summary>Reads columns of all rows with one cursor.</summary>
    internal static List<RowContent> Read(IDataView view, IReadOnlyList<string> columns, Random? random = null)
    {
        using var cursor = view.GetRowCursor(columns.Select(column => view.Schema[column]), random);
        var id = cursor.GetIdGetter();
        var read = Reader(cursor, columns);
        var rows = new List<RowContent>();
        DataViewRowId value = default;
        while (cursor.MoveNext())
        {
            id(ref value);
            var (text, numbers) = read();
            rows.Add(new RowContent($"{value}", text, numbers));
        }

        return rows;
    }

    /// <summary>Creates a reader of the cursor's current row.</summary>
    internal static Func<(string Text, double[] Numbers)> Reader(DataViewRow row, IReadOnlyList<string> columns)
    {
        var readers = columns.Select(column => Column(row, row.Schema[column])).ToArray();
        return () =>
        {
            var (text, numbers) = (new StringBuilder(), new List<double>());
            foreach (var reader in readers)
                reader(text, numbers);
            return (text.ToString(), [.. numbers]);
        };
    }

    internal static void AssertSame(IReadOnlyList<RowContent> expected, IReadOnlyList<RowContent> found, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Select(row => (row.Id, row.Text, row.Numbers.Length)),
            found.Select(row => (row.Id, row.Text, row.Numbers.Length)));
        foreach (var (one, other) in expected.Zip(found))
            Assert.All(one.Numbers.Zip(other.Numbers), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    private static Action<StringBuilder, List<double>> Column(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: NumberDataViewType { RawType: var type } } when type == typeof(byte) =>
            Values<VBuffer<byte>>(row, column, value => [.. value.DenseValues().Select(item => (double)item)]),
        VectorDataViewType { ItemType: NumberDataViewType } =>
            Values<VBuffer<float>>(row, column, value => [.. value.DenseValues().Select(item => (double)item)]),
        KeyDataViewType => Values<uint>(row, column, value => [value]),
        BooleanDataViewType => Values<bool>(row, column, value => [value ? 1 : 0]),
        NumberDataViewType { RawType: var type } when type == typeof(long) => Values<long>(row, column, value => [value]),
        NumberDataViewType => Values<float>(row, column, value => [value]),
        TextDataViewType => Texts<ReadOnlyMemory<char>>(row, column, value => $"{value}|"),
        _ => Texts<MLImage>(row, column, image =>
        {
            using (image)
                return Convert.ToHexString(MLImageConversion.Of(image).Rgba) + "|";
        }),
    };

    private static Action<StringBuilder, List<double>> Values<T>(
        DataViewRow row, DataViewSchema.Column column, Func<T, double[]> convert)
    {
        var get = row.GetGetter<T>(column);
        var value = default(T)!;
        return (_, numbers) =>
        {
            get(ref value);
            numbers.AddRange(convert(value));
        };
    }

    private static Action<StringBuilder, List<double>> Texts<T>(
        DataViewRow row, DataViewSchema.Column column, Func<T, string> convert)
    {
        var get = row.GetGetter<T>(column);
        var value = default(T)!;
        return (text, _) =>
        {
            get(ref value);
            text.Append(CultureInfo.InvariantCulture, $"{convert(value)}");
        };
    }
}

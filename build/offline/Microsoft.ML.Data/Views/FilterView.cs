using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows that pass a test of some columns; the test is made anew for each cursor.</summary>
internal sealed class FilterView(IHost host, IDataView source, DataViewSchema.Column[] tested, Func<DataViewRow, Func<bool>> makeTest) : IDataView
{
    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = Schema.ToActivity(columnsNeeded);
        return Wrap(source.GetRowCursor(Inputs(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        bool[] active = Schema.ToActivity(columnsNeeded);
        return source.GetRowCursorSet(Inputs(active), n, rand).Select(cursor => Wrap(cursor, active)).ToArray();
    }

    /// <summary>Rows whose number, or key as a fraction of the number of keys, is in a range. NaN and missing keys never are, nor are they outside.</summary>
    public static FilterView Range(IHostEnvironment env, IDataView source, string column, double minimum, double maximum,
        bool includeMaximum = false, bool complement = false)
    {
        IHost host = env.Register("RangeFilter");
        DataViewSchema.Column tested = source.Schema[column];
        using (IChannel channel = host.Start("Checking parameters"))
        {
            channel.CheckParam(tested.Type is KeyDataViewType || tested.Type.Equals(NumberDataViewType.Single) || tested.Type.Equals(NumberDataViewType.Double),
                "Column", $"Column '{column}' does not have compatible type");
        }
        return new FilterView(host, source, [tested], row =>
        {
            Func<double> read = ReadAsDouble(row, tested);
            return complement ? () => read() is var outside && (outside < minimum || (includeMaximum ? outside > maximum : outside >= maximum))
                : () => read() is var inside && inside >= minimum && (includeMaximum ? inside <= maximum : inside < maximum);
        });
    }

    /// <summary>Rows without NaN and missing keys in the columns.</summary>
    public static FilterView Missing(IHostEnvironment env, IDataView source, string[] columns)
    {
        IHost host = env.Register("MissingValueFilter");
        DataViewSchema.Column[] tested = columns.Select(name =>
        {
            DataViewSchema.Column column = source.Schema.GetColumnOrNull(name) ?? throw host.ExceptUserArg("Columns", $"Source column '{name}' not found");
            DataViewType item = column.Type.GetItemType();
            host.CheckUserArg(item is KeyDataViewType || item.Equals(NumberDataViewType.Single) || item.Equals(NumberDataViewType.Double), "Columns",
                $"Column '{name}' has type {column.Type} which does not support missing values, so we cannot filter on them");
            return column;
        }).ToArray();
        return new FilterView(host, source, tested, row =>
        {
            Func<bool>[] tests = tested.Select(column => Generic.Call(MakeMissingTest<int>, column.Type.GetItemType().RawType, row, column)).ToArray();
            return () => !tests.Any(isMissing => isMissing());
        });
    }

    /// <summary>The column's number as it is, or the middle of its key's share of 0 to 1; NaN for a missing key.</summary>
    public static Func<double> ReadAsDouble(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is KeyDataViewType key)
            return Generic.Call(ReadKey<uint>, key.RawType, row, column, key.Count);
        return Generic.Call(ReadNumber<float>, column.Type.RawType, row, column);
    }

    private static Func<double> ReadNumber<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return Convert.ToDouble(value);
        };
    }

    private static Func<double> ReadKey<T>(DataViewRow row, DataViewSchema.Column column, ulong count)
    {
        Func<double> read = ReadNumber<T>(row, column);
        return () => read() is var key && key >= 1 && key <= count ? (key - 0.5) / count : double.NaN;
    }

    private static Func<bool> MakeMissingTest<T>(DataViewRow row, DataViewSchema.Column column)
    {
        bool isKey = column.Type.GetItemType() is KeyDataViewType;
        if (column.Type is not VectorDataViewType)
        {
            Func<double> read = ReadNumber<T>(row, column);
            return () => read() is var value && (isKey ? value == 0 : double.IsNaN(value));
        }
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return () =>
        {
            getter(ref values);
            if (isKey && !values.IsDense)
                return true;
            foreach (T value in values.GetValues())
            {
                double number = Convert.ToDouble(value);
                if (isKey ? number == 0 : double.IsNaN(number))
                    return true;
            }
            return false;
        };
    }

    private DataViewSchema.Column[] Inputs(bool[] active)
        => Schema.Where(column => active[column.Index] || tested.Any(other => other.Index == column.Index)).ToArray();

    private DataViewRowCursor Wrap(DataViewRowCursor cursor, bool[] active) => new Cursor(host, cursor, active, makeTest(cursor));

    private sealed class Cursor(IChannelProvider provider, DataViewRowCursor input, bool[] active, Func<bool> accepts)
        : FilterCursorBase(provider, input, active)
    {
        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
            {
                if (accepts())
                    return true;
            }
            return false;
        }
    }
}

using System.Collections.Immutable;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data
{
    public sealed class DataDebuggerPreview
    {
        internal DataDebuggerPreview(IDataView data, int maxRows)
        {
            Contracts.CheckParam(maxRows >= 0, nameof(maxRows));
            Schema = data.Schema;
            var rows = new List<RowInfo>();
            List<object>[] columns = Schema.Select(_ => new List<object>()).ToArray();
            using (DataViewRowCursor cursor = data.GetRowCursor(Schema))
            {
                Func<object>[] readers = Schema.Select(column => Generic.Call(MakeReader<int>, column.Type.RawType, (DataViewRow)cursor, column)).ToArray();
                while (rows.Count < maxRows && cursor.MoveNext())
                {
                    for (int i = 0; i < readers.Length; i++)
                        columns[i].Add(readers[i]());
                    rows.Add(new RowInfo(Schema.Select(column => KeyValuePair.Create(column.Name, columns[column.Index][^1])).ToArray()));
                }
            }
            RowView = rows.ToImmutableArray();
            ColumnView = Schema.Select(column => new ColumnInfo(column, columns[column.Index].ToArray())).ToImmutableArray();
        }

        public DataViewSchema Schema { get; }

        public ImmutableArray<ColumnInfo> ColumnView { get; }

        public ImmutableArray<RowInfo> RowView { get; }

        public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

        private static Func<object> MakeReader<T>(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                return value;
            };
        }

        public sealed class ColumnInfo
        {
            internal ColumnInfo(DataViewSchema.Column column, object[] values)
            {
                Column = column;
                Values = values;
            }

            public DataViewSchema.Column Column { get; }

            public object[] Values { get; }

            public override string ToString() => $"{Column.Name}: {Column.Type}";
        }

        public sealed class RowInfo
        {
            internal RowInfo(KeyValuePair<string, object>[] values) => Values = values;

            public KeyValuePair<string, object>[] Values { get; }

            public override string ToString() => $"{Values.Length} columns";
        }
    }
}

namespace Microsoft.ML
{
    using Microsoft.ML.Data;

    public static class DebuggerExtensions
    {
        public static DataDebuggerPreview Preview(this IDataView data, int maxRows = 100)
        {
            Contracts.CheckValue(data, nameof(data));
            return new DataDebuggerPreview(data, maxRows);
        }

        public static DataDebuggerPreview Preview(this IEstimator<ITransformer> estimator, IDataView data, int maxRows = 100, int maxTrainingRows = 100)
        {
            Contracts.CheckValue(estimator, nameof(estimator));
            Contracts.CheckValue(data, nameof(data));
            var training = new SkipTakeView(new LocalEnvironment().Register(nameof(Preview)), data, 0, maxTrainingRows);
            return new DataDebuggerPreview(estimator.Fit(training).Transform(data), maxRows);
        }

        public static DataDebuggerPreview Preview(this ITransformer transformer, IDataView data, int maxRows = 100)
        {
            Contracts.CheckValue(transformer, nameof(transformer));
            Contracts.CheckValue(data, nameof(data));
            return new DataDebuggerPreview(transformer.Transform(data), maxRows);
        }
    }
}

using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads delimited text as rows.</summary>
public sealed class TextLoader : IDataLoader<IMultiStreamSource>
{
    internal readonly Options Settings;
    internal readonly TextColumnInfo[] Columns;
    private readonly IHost _host;
    private readonly DataViewSchema _schema;

    internal TextLoader(IHostEnvironment env, Options options, IMultiStreamSource dataSample)
    {
        _host = env.Register("TextLoader");
        _host.CheckValue(options, nameof(options));
        _host.CheckNonEmpty(options.Separators, "separator");
        _host.CheckUserArg(options.DecimalMarker is '.' or ',', nameof(Options.DecimalMarker),
            $"Decimal marker cannot be the '{options.DecimalMarker}' character. It must be '.' or ','.");
        _host.CheckUserArg(!options.Separators.Contains(options.DecimalMarker) || options.DecimalMarker == '.' || options.AllowQuoting, nameof(Options.AllowQuoting),
            "Quoting must be allowed if decimal marker and separator are the ',' character.");
        _host.CheckUserArg(!options.Separators.Contains(options.EscapeChar), nameof(Options.EscapeChar),
            $"EscapeChar '{options.EscapeChar}' can't be used both as EscapeChar and separator");
        Settings = options;
        Column[] columns = options.Columns is { Length: > 0 } given ? given : DefaultColumns();
        using (IChannel channel = _host.Start("Binding"))
            Columns = TextColumnInfo.Bind(channel, options, columns, dataSample, out _schema);
    }

    public DataViewSchema GetOutputSchema() => _schema;

    public IDataView Load(IMultiStreamSource source)
    {
        _host.CheckValue(source, nameof(source));
        return new BoundLoader(this, source);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw _host.ExceptNotSupp("Text loaders are not saved here");

    /// <summary>A loader of the columns that the class's members stand for.</summary>
    internal static TextLoader Create<TInput>(IHostEnvironment env, Options options, IMultiStreamSource dataSample)
    {
        IEnumerable<MemberInfo> fields = typeof(TInput).GetFields(BindingFlags.Public | BindingFlags.Instance);
        IEnumerable<MemberInfo> properties = typeof(TInput).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetGetMethod() != null && property.GetIndexParameters().Length == 0);
        options.Columns = fields.Concat(properties).Select(member => ToColumn(env, member)).ToArray();
        env.CheckParam(options.Columns.Length > 0, nameof(TInput), "Should define at least one public, readable field or property in TInput.");
        return new TextLoader(env, options, dataSample);
    }

    private static Column ToColumn(IHostEnvironment env, MemberInfo member)
    {
        string kind = member is FieldInfo ? "Field" : "Property";
        LoadColumnAttribute load = member.GetCustomAttribute<LoadColumnAttribute>()
            ?? throw env.Except($"{kind} '{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
        KeyCount keys = member.GetCustomAttribute<KeyTypeAttribute>()?.KeyCount;
        Type type = Members.RawItemType(Members.TypeOf(member), out _);
        DataKind dataKind = ColumnTypeExtensions.KindOf(type);
        Contracts.Check(Enum.IsDefined(dataKind), $"{kind} {member.Name} is of unsupported type.");
        return new Column(Members.ColumnName(member), dataKind, load.Sources, keys);
    }

    private static Column[] DefaultColumns() => [new Column("Label", DataKind.Single, 0), new Column("Features", DataKind.Single, [new Range(1, null)])];

    public sealed class Column
    {
        public string Name;
        public Range[] Source;
        public KeyCount KeyCount;

        public Column()
        {
        }

        public Column(string name, DataKind dataKind, int index)
            : this(name, dataKind, [new Range(index)])
        {
        }

        public Column(string name, DataKind dataKind, int minIndex, int maxIndex)
            : this(name, dataKind, [new Range(minIndex, maxIndex)])
        {
        }

        public Column(string name, DataKind dataKind, Range[] source, KeyCount keyCount = null)
        {
            Contracts.CheckValue(name, nameof(name));
            Contracts.CheckValue(source, nameof(source));
            Name = name;
            DataKind = dataKind;
            Source = source;
            KeyCount = keyCount;
        }

        public DataKind DataKind { get; set; } = DataKind.Single;
    }

    public sealed class Range
    {
        public int Min;
        public int? Max;
        public bool AutoEnd;

        public Range()
        {
        }

        public Range(int index)
        {
            Contracts.CheckParam(index >= 0, nameof(index), "Must be non-negative");
            Min = index;
            Max = index;
        }

        public Range(int min, int? max)
        {
            Contracts.CheckParam(min >= 0, nameof(min), "Must be non-negative");
            Contracts.CheckParam(!(max < min), nameof(max), "If specified, must be greater than or equal to " + nameof(min));
            Min = min;
            Max = max;
            AutoEnd = max == null;
        }
    }

    public class Options
    {
        public bool AllowQuoting;
        public bool AllowSparse;
        public Column[] Columns;
        public char DecimalMarker = '.';
        public char EscapeChar = '"';
        public bool HasHeader;
        public long? MaxRows;
        public bool MissingRealsAsNaNs;
        public bool ReadMultilines;
        public char[] Separators = ['\t'];
        public bool TrimWhitespace;

        public Options()
        {
        }
    }

    private sealed class BoundLoader : IDataView
    {
        private readonly TextLoader _loader;
        private readonly IMultiStreamSource _source;

        public BoundLoader(TextLoader loader, IMultiStreamSource source)
        {
            _loader = loader;
            _source = source;
        }

        public bool CanShuffle => false;

        public DataViewSchema Schema => _loader._schema;

        public long? GetRowCount() => null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
            => new TextCursor(_loader._host, _loader, _source, Schema, Schema.ToActivity(columnsNeeded));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
            => [GetRowCursor(columnsNeeded, rand)];
    }
}

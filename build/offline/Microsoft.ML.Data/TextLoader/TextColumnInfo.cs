using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>One column of a text loader: its type and the fields that it is read from, in the order of its slots.</summary>
internal sealed class TextColumnInfo
{
    private const int SampleLines = 100;

    private TextColumnInfo(string name, DataViewType type, int[] fields)
    {
        Name = name;
        Type = type;
        Fields = fields;
    }

    public string Name { get; }

    public DataViewType Type { get; }

    public int[] Fields { get; }

    public static TextColumnInfo[] Bind(IChannel channel, TextLoader.Options options, TextLoader.Column[] columns, IMultiStreamSource dataSample, out DataViewSchema schema)
    {
        foreach (TextLoader.Column column in columns)
        {
            channel.CheckNonWhiteSpace(column.Name, nameof(column.Name));
            channel.CheckUserArg(column.Source is { Length: > 0 }, nameof(column.Source), "Must specify some source column indices");
        }
        bool needsSize = columns.Any(column => column.Source.Any(range => range.Max == null));
        TextFields header = null;
        int size = needsSize ? FindSize(channel, options, dataSample) : 0;
        if (options.HasHeader && dataSample != null)
            header = ReadFields(options, dataSample, 1, includeHeader: true).FirstOrDefault();
        TextColumnInfo[] infos = columns.Select(column => Bind(channel, column, size)).ToArray();
        var builder = new DataViewSchema.Builder();
        foreach (TextColumnInfo info in infos)
            builder.AddColumn(info.Name, info.Type, info.SlotNames(header));
        schema = builder.ToSchema();
        return infos;
    }

    private static TextColumnInfo Bind(IChannel channel, TextLoader.Column column, int size)
    {
        var fields = new List<int>();
        foreach (TextLoader.Range range in column.Source)
        {
            int last = range.Max ?? size - 1;
            channel.CheckUserArg(range.Min <= last, nameof(range.Min), $"Column #{range.Min} not found in the dataset (it only has {size} columns)");
            fields.AddRange(Enumerable.Range(range.Min, last - range.Min + 1));
        }
        channel.CheckUserArg(fields.Distinct().Count() == fields.Count, nameof(column.Source), $"Intervals specified for column '{column.Name}' overlap");
        channel.CheckUserArg(Enum.IsDefined(column.DataKind), "Type", "Bad item type");
        PrimitiveDataViewType item = ColumnTypeExtensions.PrimitiveTypeFromKind(column.DataKind);
        if (column.KeyCount != null)
        {
            Contracts.CheckParam(KeyDataViewType.IsValidDataType(item.RawType), "Type", "Bad item type for Key");
            item = new KeyDataViewType(item.RawType, column.KeyCount.Count ?? Largest(column.DataKind));
        }
        bool isVector = fields.Count > 1 || column.Source.Any(range => range.Max == null);
        return new TextColumnInfo(column.Name.Trim(), isVector ? new VectorDataViewType(item, fields.Count) : item, fields.ToArray());
    }

    private static ulong Largest(DataKind kind) => kind switch
    {
        DataKind.Byte => byte.MaxValue,
        DataKind.UInt16 => ushort.MaxValue,
        DataKind.UInt32 => uint.MaxValue,
        _ => ulong.MaxValue,
    };

    private static int FindSize(IChannel channel, TextLoader.Options options, IMultiStreamSource dataSample)
    {
        int[] sizes = dataSample == null ? [] : ReadFields(options, dataSample, SampleLines, includeHeader: true)
            .Select(fields => fields.Count).Where(count => count > 0).ToArray();
        channel.CheckUserArg(sizes.Length > 0, "Source", "Can't determine the number of source columns without valid data");
        channel.CheckUserArg(sizes.All(size => size == sizes[0]), "Source", "The size of input lines is not consistent");
        return sizes[0];
    }

    private static IEnumerable<TextFields> ReadFields(TextLoader.Options options, IMultiStreamSource source, int count, bool includeHeader)
    {
        using var lines = new TextLines(source, options, includeHeader);
        for (int i = 0; i < count && lines.MoveNext(); i++)
        {
            var fields = new TextFields(options);
            fields.Split(lines.Text, int.MaxValue, null);
            yield return fields;
        }
    }

    private DataViewSchema.Annotations SlotNames(TextFields header)
    {
        if (header == null || Type is not VectorDataViewType)
            return null;
        var names = new VBuffer<ReadOnlyMemory<char>>(Fields.Length, Fields.Select(field => header.GetOrEmpty(field).Trim()).ToArray());
        if (names.DenseValues().All(name => name.IsEmpty))
            return null;
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddSlotNames(names.Length, (ref VBuffer<ReadOnlyMemory<char>> value) => names.CopyTo(ref value));
        return builder.ToAnnotations();
    }
}

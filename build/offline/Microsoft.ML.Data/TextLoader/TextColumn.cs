using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The value of one column in the current row of a text cursor.</summary>
internal abstract class TextColumn
{
    protected TextColumn(TextColumnInfo info)
    {
        Info = info;
    }

    protected TextColumnInfo Info { get; }

    public abstract Delegate Getter { get; }

    public abstract void Read(TextFields fields, long line, TextStatistics statistics);

    public static TextColumn Create(TextColumnInfo info, TextLoader.Options options)
        => Generic.Call(CreateCore<int>, info.Type.GetItemType().RawType, info, options);

    private static TextColumn CreateCore<T>(TextColumnInfo info, TextLoader.Options options)
        => info.Type is VectorDataViewType ? new TextVector<T>(info, options) : new TextScalar<T>(info, options);

    /// <summary>How an item is read; where unreadable text is an error and not a missing value, it throws.</summary>
    protected static TextParser<T> MakeParser<T>(DataViewType item, char decimalMarker)
    {
        if (item is TextDataViewType)
            return (TextParser<T>)(Delegate)(TextParser<ReadOnlyMemory<char>>)((ReadOnlySpan<char> text, out ReadOnlyMemory<char> value) => throw Contracts.Except("Text is not parsed"));
        TextParser<T> parse = TextValues.Parser<T>(decimalMarker);
        if (item is not KeyDataViewType key)
            return parse;
        // Keys count from 0 in text, and from 1 in views.
        Func<T, ulong> number = StandardConversions.Get<T, ulong>();
        Func<ulong, T> back = StandardConversions.Get<ulong, T>();
        return (ReadOnlySpan<char> text, out T value) =>
        {
            value = default;
            if (text.IsEmpty || TextValues.IsMissingNumber(text))
                return true;
            bool isKey = parse(text, out T parsed) && number(parsed) < key.Count;
            value = isKey ? back(number(parsed) + 1) : value;
            return isKey;
        };
    }
}

internal abstract class TextColumn<T> : TextColumn
{
    private readonly bool _isText;
    private readonly bool _hasMissing;
    private readonly TextParser<T> _parse;

    protected TextColumn(TextColumnInfo info, TextLoader.Options options)
        : base(info)
    {
        DataViewType item = info.Type.GetItemType();
        bool isReal = typeof(T) == typeof(float) || typeof(T) == typeof(double);
        _isText = item is TextDataViewType;
        _hasMissing = isReal || item is KeyDataViewType;
        FillsMissing = isReal && options.MissingRealsAsNaNs;
        _parse = MakeParser<T>(item, options.DecimalMarker);
    }

    /// <summary>Whether fields that are not given become NaN.</summary>
    protected bool FillsMissing { get; }

    protected T Parse(ReadOnlyMemory<char> text, long line, TextStatistics statistics, int slot)
    {
        if (_isText)
            return (T)(object)text;
        if (FillsMissing && text.Span.IsWhiteSpace())
            return ItemMapping.Missing<T>();
        if (_parse(text.Span, out T value))
            return value;
        if (!_hasMissing)
        {
            throw Contracts.Except(slot < 0
                ? $"Could not parse value {text} in line {line}, column {Info.Name}"
                : $"Could not parse value {text} in slot {slot} of column {Info.Name} in line {line}");
        }
        statistics.CountBadValue(line, Info.Name, slot);
        return value;
    }
}

internal sealed class TextScalar<T> : TextColumn<T>
{
    private T _value;

    public TextScalar(TextColumnInfo info, TextLoader.Options options)
        : base(info, options)
    {
    }

    public override Delegate Getter => (ValueGetter<T>)((ref T value) => value = _value);

    public override void Read(TextFields fields, long line, TextStatistics statistics)
    {
        if (fields.TryGet(Info.Fields[0], out ReadOnlyMemory<char> text))
            _value = Parse(text, line, statistics, -1);
        else
            _value = FillsMissing ? ItemMapping.Missing<T>() : default;
    }
}

internal sealed class TextVector<T> : TextColumn<T>
{
    private readonly T[] _values;
    private readonly int[] _slots;
    private int _count;

    public TextVector(TextColumnInfo info, TextLoader.Options options)
        : base(info, options)
    {
        _values = new T[info.Fields.Length];
        _slots = new int[info.Fields.Length];
    }

    public override Delegate Getter => (ValueGetter<VBuffer<T>>)Get;

    public override void Read(TextFields fields, long line, TextStatistics statistics)
    {
        _count = 0;
        for (int slot = 0; slot < Info.Fields.Length; slot++)
        {
            if (fields.TryGet(Info.Fields[slot], out ReadOnlyMemory<char> text))
                _values[_count] = Parse(text, line, statistics, slot);
            else if (FillsMissing && Info.Fields[slot] >= fields.GivenCount)
                _values[_count] = ItemMapping.Missing<T>();
            else
                continue;
            _slots[_count++] = slot;
        }
    }

    // Dense where more than half of the fields were given.
    private void Get(ref VBuffer<T> value)
    {
        int size = _values.Length;
        bool isDense = _count > size / 2;
        VBufferEditor<T> editor = isDense ? VBufferEditor.Create(ref value, size) : VBufferEditor.Create(ref value, size, _count);
        if (isDense)
            editor.Values.Clear();
        for (int i = 0; i < _count; i++)
        {
            editor.Values[isDense ? _slots[i] : i] = _values[i];
            if (!isDense)
                editor.Indices[i] = _slots[i];
        }
        value = editor.Commit();
    }
}

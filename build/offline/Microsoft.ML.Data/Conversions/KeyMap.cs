using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The distinct values of a column, numbered from 1.</summary>
internal abstract class KeyMap
{
    private const byte TextCode = 0;
    private const byte OtherCode = 1;

    protected KeyMap(PrimitiveDataViewType itemType)
    {
        ItemType = itemType;
    }

    public PrimitiveDataViewType ItemType { get; }

    public abstract int Count { get; }

    public KeyDataViewType OutputType => new(typeof(uint), Math.Max(1, Count));

    /// <summary>A reader that adds the column's values row by row, and answers false when there is room for no more.</summary>
    public abstract Func<bool> MakeLearner(DataViewRow row, DataViewSchema.Column column, int maximum);

    public abstract void Sort();

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);

    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText);

    public abstract void WriteText(TextWriter writer);

    protected abstract void WriteValues(ModelSaveContext ctx);

    protected abstract void ReadValues(ModelLoadContext ctx, int count);

    public static KeyMap Create(PrimitiveDataViewType itemType) => Generic.Call(CreateCore<int>, itemType.RawType, itemType);

    public void Save(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ItemType is TextDataViewType ? TextCode : OtherCode);
        if (ItemType is not TextDataViewType)
        {
            ctx.Writer.Write((byte)ColumnTypeExtensions.KindOf(ItemType.RawType));
            ctx.Writer.Write(ItemType.GetKeyCount());
        }
        ctx.Writer.Write(Count);
        WriteValues(ctx);
    }

    public static KeyMap Load(ModelLoadContext ctx)
    {
        byte code = ctx.Reader.ReadByte();
        Contracts.CheckDecode(code is TextCode or OtherCode);
        PrimitiveDataViewType type = TextDataViewType.Instance;
        if (code == OtherCode)
        {
            var kind = (DataKind)ctx.Reader.ReadByte();
            Contracts.CheckDecode(Enum.IsDefined(kind));
            type = ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
            ulong keys = ctx.Reader.ReadUInt64();
            type = keys == 0 ? type : new KeyDataViewType(type.RawType, keys);
        }
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count >= 0);
        KeyMap map = Create(type);
        map.ReadValues(ctx, count);
        Contracts.CheckDecode(map.Count == count);
        return map;
    }

    private static KeyMap CreateCore<T>(PrimitiveDataViewType itemType) => new KeyMap<T>(itemType);
}

internal sealed class KeyMap<T> : KeyMap
{
    private readonly List<T> _values = [];
    private readonly Dictionary<T, uint> _keys;

    public KeyMap(PrimitiveDataViewType itemType)
        : base(itemType)
    {
        _keys = new Dictionary<T, uint>(typeof(T) == typeof(ReadOnlyMemory<char>) ? (IEqualityComparer<T>)(object)TextComparer.Instance : null);
    }

    public override int Count => _values.Count;

    public override Func<bool> MakeLearner(DataViewRow row, DataViewSchema.Column column, int maximum)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<T>> vectors = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> vector = default;
            return () =>
            {
                vectors(ref vector);
                return vector.DenseValues().All(item => Learn(item, maximum));
            };
        }
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return Learn(value, maximum);
        };
    }

    public override void Sort()
    {
        _values.Sort(typeof(T) == typeof(ReadOnlyMemory<char>) ? (IComparer<T>)(object)TextComparer.Instance : null);
        for (int i = 0; i < _values.Count; i++)
            _keys[_values[i]] = (uint)i + 1;
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
        => ItemMapping.MakeGetter<T, uint>(row, column, value => ItemMapping.IsMissing(value, ItemType) ? 0 : _keys.GetValueOrDefault(value));

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText)
    {
        if (Count == 0)
            return;
        DataViewType inner = ItemType is KeyDataViewType key && input.HasVector(AnnotationUtils.Kinds.KeyValues, null, key.GetKeyCountAsInt32())
            ? input.Annotations.Schema[AnnotationUtils.Kinds.KeyValues].Type.GetItemType() : null;
        if (inner != null)
            Generic.Call(AddInnerValues<int>, inner.RawType, builder, input, (PrimitiveDataViewType)inner, asText);
        else
            AddValues(builder, ItemType, _values.ToArray(), asText);
    }

    // The values behind the keys of a key column, in the order of the new keys.
    private bool AddInnerValues<TInner>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, PrimitiveDataViewType type, bool asText)
    {
        VBuffer<TInner> buffer = default;
        input.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref buffer);
        TInner[] all = buffer.DenseValues().ToArray();
        Func<T, ulong> number = StandardConversions.Get<T, ulong>();
        AddValues(builder, type, _values.Select(value => all[number(value) - 1]).ToArray(), asText);
        return true;
    }

    private static void AddValues<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TValue[] values, bool asText)
    {
        if (asText && type is not TextDataViewType)
        {
            AddValues(builder, TextDataViewType.Instance, values.Select(value => AsText(value).AsMemory()).ToArray(), false);
            return;
        }
        var buffer = new VBuffer<TValue>(values.Length, values);
        builder.AddKeyValues(values.Length, type, (ref VBuffer<TValue> target) => buffer.CopyTo(ref target));
    }

    private static string AsText<TValue>(TValue value) => value is bool flag ? flag ? "1" : "0" : TextValues.Format(value);

    public override void WriteText(TextWriter writer)
    {
        writer.WriteLine(ItemType is TextDataViewType ? $"# Number of terms = {Count}" : $"# Number of terms of type '{ItemType}' = {Count}");
        for (int i = 0; i < Count; i++)
            writer.WriteLine($"{i}\t{TextValues.Format(_values[i])}");
    }

    protected override void WriteValues(ModelSaveContext ctx)
    {
        foreach (T value in _values)
        {
            if (value is ReadOnlyMemory<char> text)
                ctx.SaveNonEmptyString(text.ToString());
            else
                ctx.Writer.Write(value is float number ? number.ToString("R", CultureInfo.InvariantCulture) : TextValues.Format(value));
        }
    }

    protected override void ReadValues(ModelLoadContext ctx, int count)
    {
        TextParser<T> parse = ItemType is TextDataViewType ? null : TextValues.Parser<T>();
        for (int i = 0; i < count; i++)
        {
            T value = default;
            if (ItemType is TextDataViewType)
                value = (T)(object)ctx.LoadNonEmptyString().AsMemory();
            else
                Contracts.CheckDecode(parse(ctx.Reader.ReadString(), out value));
            Learn(value, int.MaxValue);
        }
    }

    private bool Learn(T value, int maximum)
    {
        if (!ItemMapping.IsMissing(value, ItemType) && !_keys.ContainsKey(value))
        {
            // The text of a row is only valid until the next one is read.
            T kept = value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value;
            _values.Add(kept);
            _keys.Add(kept, (uint)_values.Count);
        }
        return _values.Count < maximum;
    }

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>, IComparer<ReadOnlyMemory<char>>
    {
        public static readonly TextComparer Instance = new();

        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);

        public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceCompareTo(y.Span);
    }
}

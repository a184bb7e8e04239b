using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view with one more column: a number from 0 to 1 that tells to which part of a split the row belongs.</summary>
internal sealed class SplitView : IDataView
{
    private const int HashBits = 30;
    private const uint DefaultRandomSeed = 42;
    private const uint DefaultHashSeed = 314489979;

    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly DataViewSchema.Column? _key;
    private readonly Func<DataViewRow, Func<double>> _makeNumber;

    public SplitView(IHostEnvironment env, IDataView source, string column, string samplingKeyColumn, int? seed)
    {
        _host = env.Register("GenerateNumber");
        _source = source;
        if (samplingKeyColumn == null)
        {
            _makeNumber = row => RandomNumbers(row, unchecked((int)((uint?)seed ?? DefaultRandomSeed)));
        }
        else
        {
            DataViewSchema.Column key = source.Schema.GetColumnOrNull(samplingKeyColumn)
                ?? throw env.ExceptSchemaMismatch(nameof(samplingKeyColumn), "SamplingKeyColumn", samplingKeyColumn);
            _key = key;
            _makeNumber = MakeKeyNumbers(key, unchecked((uint?)seed) ?? DefaultHashSeed);
        }
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source.Schema);
        builder.AddColumn(column, NumberDataViewType.Double);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _key.HasValue && _source.CanShuffle;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = Schema.ToActivity(columnsNeeded);
        bool needsKey = active[^1] && _key.HasValue;
        IEnumerable<DataViewSchema.Column> inputs = _source.Schema.Where(column => active[column.Index] || (needsKey && column.Index == _key.Value.Index));
        return new Cursor(this, _source.GetRowCursor(inputs, CanShuffle ? rand : null), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    // One number a row, whether or not it is asked for: what a row gets depends on its position alone.
    private static Func<double> RandomNumbers(DataViewRow row, int seed)
    {
        TauswortheHybrid random = RandomUtils.Create(seed);
        long drawn = -1;
        float number = 0;
        return () =>
        {
            for (; drawn < row.Position; drawn++)
                number = random.NextSingle();
            return number;
        };
    }

    private Func<DataViewRow, Func<double>> MakeKeyNumbers(DataViewSchema.Column key, uint seed)
    {
        if (key.Type is KeyDataViewType)
            return row => FilterView.ReadAsDouble(row, key);
        if (key.Type.Equals(NumberDataViewType.Single) || key.Type.Equals(NumberDataViewType.Double))
        {
            (double minimum, double maximum) = FindRange(key);
            return row => FilterView.ReadAsDouble(row, key) is var read ? () => (read() - minimum) / (maximum - minimum) : null;
        }
        if (key.Type is TextDataViewType)
            return row => HashTexts(row.GetGetter<ReadOnlyMemory<char>>(key), seed);
        _host.Check(key.Type is NumberDataViewType or BooleanDataViewType, $"The sampling key column '{key.Name}' has type {key.Type}, which this stand-in does not hash");
        return row => FilterView.ReadAsDouble(row, key) is var read ? () => Fraction(Hash(BitConverter.GetBytes((int)read()), seed)) : null;
    }

    private (double Minimum, double Maximum) FindRange(DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = _source.GetRowCursor([column]);
        Func<double> read = FilterView.ReadAsDouble(cursor, column);
        (double minimum, double maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        while (cursor.MoveNext())
        {
            double value = read();
            minimum = Math.Min(minimum, double.IsNaN(value) ? minimum : value);
            maximum = Math.Max(maximum, double.IsNaN(value) ? maximum : value);
        }
        return (minimum, maximum);
    }

    private static Func<double> HashTexts(ValueGetter<ReadOnlyMemory<char>> getter, uint seed)
    {
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            return text.IsEmpty ? double.NaN : Fraction(Hash(Encoding.UTF8.GetBytes(text.Span.Trim(' ').ToString()), seed));
        };
    }

    private static double Fraction(uint hash) => ((hash & ((1u << HashBits) - 1)) + 0.5) / (1u << HashBits);

    // MurmurHash3, 32 bits (public domain, Austin Appleby).
    private static uint Hash(ReadOnlySpan<byte> bytes, uint hash)
    {
        int whole = bytes.Length & ~3;
        for (int i = 0; i < whole; i += 4)
            hash = (BitOperations.RotateLeft(hash ^ Scramble(BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..])), 13) * 5) + 0xE6546B64;
        uint rest = 0;
        for (int i = bytes.Length - 1; i >= whole; i--)
            rest = (rest << 8) | bytes[i];
        hash ^= Scramble(rest) ^ (uint)bytes.Length;
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return hash ^ (hash >> 16);

        static uint Scramble(uint block) => BitOperations.RotateLeft(block * 0xCC9E2D51, 15) * 0x1B873593;
    }

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly SplitView _parent;
        private readonly bool[] _active;
        private readonly ValueGetter<double> _getter;

        public Cursor(SplitView parent, DataViewRowCursor input, bool[] active)
            : base(parent._host, input)
        {
            _parent = parent;
            _active = active;
            if (active[^1])
            {
                Func<double> number = parent._makeNumber(input);
                _getter = (ref double value) => value = number();
            }
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(_active[column.Index]);
            return column.Index < Input.Schema.Count ? Input.GetGetter<TValue>(Input.Schema[column.Index]) : _getter.Typed<TValue>(Ch);
        }
    }
}

using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Schema;

/// <summary>What the classes stand for: the annotation <c>KeyValues</c> of a label column, which goes with the model.</summary>
internal abstract class KeyValues
{
    internal const string Kind = "KeyValues";

    private static readonly Codec[] Codecs =
    [
        new Codec<ReadOnlyMemory<char>>(TextDataViewType.Instance, (w, v) => w.Write(v.ToString()),
            r => r.ReadString().AsMemory()),
        new Codec<float>(NumberDataViewType.Single, (w, v) => w.Write(v), r => r.ReadSingle()),
        new Codec<double>(NumberDataViewType.Double, (w, v) => w.Write(v), r => r.ReadDouble()),
        new Codec<bool>(BooleanDataViewType.Instance, (w, v) => w.Write(v), r => r.ReadBoolean()),
        new Codec<sbyte>(NumberDataViewType.SByte, (w, v) => w.Write(v), r => r.ReadSByte()),
        new Codec<byte>(NumberDataViewType.Byte, (w, v) => w.Write(v), r => r.ReadByte()),
        new Codec<short>(NumberDataViewType.Int16, (w, v) => w.Write(v), r => r.ReadInt16()),
        new Codec<ushort>(NumberDataViewType.UInt16, (w, v) => w.Write(v), r => r.ReadUInt16()),
        new Codec<int>(NumberDataViewType.Int32, (w, v) => w.Write(v), r => r.ReadInt32()),
        new Codec<uint>(NumberDataViewType.UInt32, (w, v) => w.Write(v), r => r.ReadUInt32()),
        new Codec<long>(NumberDataViewType.Int64, (w, v) => w.Write(v), r => r.ReadInt64()),
        new Codec<ulong>(NumberDataViewType.UInt64, (w, v) => w.Write(v), r => r.ReadUInt64()),
        new Codec<DateTime>(DateTimeDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new DateTime(r.ReadInt64())),
        new Codec<TimeSpan>(TimeSpanDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new TimeSpan(r.ReadInt64())),
        new Codec<DateTimeOffset>(DateTimeOffsetDataViewType.Instance,
            (w, v) => { w.Write(v.Ticks); w.Write(v.Offset.Ticks); },
            r => new DateTimeOffset(r.ReadInt64(), new TimeSpan(r.ReadInt64()))),
        new Codec<DataViewRowId>(RowIdDataViewType.Instance,
            (w, v) => { w.Write(v.Low); w.Write(v.High); }, r => new DataViewRowId(r.ReadUInt64(), r.ReadUInt64())),
    ];

    internal abstract VectorDataViewType Type { get; }

    internal bool IsText => Type.ItemType is TextDataViewType;

    /// <summary>The values behind a column of this many classes; null where it has none.</summary>
    /// <param name="column">A column of keys, or of scores.</param>
    /// <param name="classes">How many there must be.</param>
    /// <param name="kind">The annotation that holds them.</param>
    internal static KeyValues? Of(DataViewSchema.Column column, int classes, string kind = Kind)
    {
        if (column.Annotations.Schema.GetColumnOrNull(kind)?.Type is not VectorDataViewType type || type.Size != classes)
            return null;
        return Array.Find(Codecs, codec => codec.Type.Equals(type.ItemType))?.Of(column.Annotations, kind);
    }

    /// <summary>The values behind class numbers: 0, 1, 2 … as Single.</summary>
    internal static KeyValues Numbers(int classes) =>
        new Values<float>((Codec<float>)Codecs[1], [.. Enumerable.Range(0, classes).Select(i => (float)i)]);

    /// <summary>The values behind classes with names.</summary>
    internal static KeyValues Texts(IReadOnlyList<string> names) => new Values<ReadOnlyMemory<char>>(
        (Codec<ReadOnlyMemory<char>>)Codecs[0], [.. names.Select(name => name.AsMemory())]);

    /// <summary>The values behind Boolean labels: false, then true.</summary>
    internal static KeyValues Booleans { get; } = new Values<bool>((Codec<bool>)Codecs[3], [false, true]);

    /// <summary>Adds the values as an annotation of this kind.</summary>
    internal abstract void AddTo(DataViewSchema.Annotations.Builder annotations, string kind);

    /// <summary>Whether two label columns stand for the same values in the same order.</summary>
    internal static bool AreSame(KeyValues? one, KeyValues? other) =>
        one is null || other is null ? one is null && other is null : one.Texts().SequenceEqual(other.Texts());

    /// <summary>Whether keys of the one mean the same as those of the other, as far as both have values.</summary>
    internal static bool Agree(KeyValues? one, KeyValues? other) =>
        one is null || other is null || one.Texts().Zip(other.Texts()).All(pair => pair.First == pair.Second);

    /// <summary>The values as people read them.</summary>
    internal abstract string[] Names();

    /// <summary>The values as numbers; null where they are none.</summary>
    internal abstract float[]? ToNumbers();

    /// <summary>
    /// The values as texts that are equal where the values are: numbers of any type by their size, others with their type.
    /// </summary>
    internal abstract IEnumerable<string> Texts();

    private protected abstract void Write(BinaryWriter writer);

    internal static void Write(BinaryWriter writer, KeyValues? values)
    {
        writer.Write(values is not null);
        values?.Write(writer);
    }

    internal static KeyValues? Read(CheckedReader reader, int classes)
    {
        if (!reader.ReadBoolean())
            return null;
        var codec = reader.ReadByte();
        return codec < Codecs.Length
            ? Codecs[codec].Read(reader, classes)
            : throw new InvalidDataException($"key values are of type {codec}, where 0 to {Codecs.Length - 1} was expected");
    }

    private abstract class Codec(PrimitiveDataViewType type)
    {
        internal PrimitiveDataViewType Type { get; } = type;

        internal abstract KeyValues Of(DataViewSchema.Annotations annotations, string kind);

        internal abstract KeyValues Read(CheckedReader reader, int count);
    }

    private sealed class Codec<T>(
        PrimitiveDataViewType type, Action<BinaryWriter, T> write, Func<CheckedReader, T> read) : Codec(type)
    {
        internal Action<BinaryWriter, T> WriteValue { get; } = write;

        internal override KeyValues Of(DataViewSchema.Annotations annotations, string kind)
        {
            VBuffer<T> values = default;
            annotations.GetValue(kind, ref values);
            return new Values<T>(this, [.. values.DenseValues()]);
        }

        internal override KeyValues Read(CheckedReader reader, int count)
        {
            reader.RequireBytes("key values", count, 1);
            var values = new T[count];
            for (var i = 0; i < count; i++)
                values[i] = read(reader);
            return new Values<T>(this, values);
        }
    }

    private sealed class Values<T>(Codec<T> codec, T[] values) : KeyValues
    {
        internal override VectorDataViewType Type { get; } = new(codec.Type, values.Length);

        internal override void AddTo(DataViewSchema.Annotations.Builder annotations, string kind) =>
            annotations.Add(kind, Type, (ref VBuffer<T> value) => new VBuffer<T>(values.Length, values).CopyTo(ref value));

        internal override string[] Names() =>
            Array.ConvertAll(values, value => string.Create(CultureInfo.InvariantCulture, $"{value}"));

        internal override float[]? ToNumbers() => codec.Type is NumberDataViewType
            ? Array.ConvertAll(values, value => Convert.ToSingle(value, CultureInfo.InvariantCulture)) : null;

        internal override IEnumerable<string> Texts()
        {
            var prefix = codec.Type is NumberDataViewType ? "" : $"{codec.Type} ";
            return values.Select(value => prefix + string.Create(CultureInfo.InvariantCulture, $"{value}"));
        }

        private protected override void Write(BinaryWriter writer)
        {
            writer.Write((byte)Array.IndexOf(Codecs, codec));
            foreach (var value in values)
                codec.WriteValue(writer, value);
        }
    }
}

using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A schema in a stream: ML.NET's binary data format (header, table of columns, tail) without rows. Annotations stand in front of the table;
/// unlike ML.NET's they are not compressed. Columns of types that have no values to store (images) are left out, as there.
/// </summary>
internal static class SchemaStream
{
    private const ulong Signature = 0x00425644004C4D43;
    private const ulong TailSignature = 0x434D4C0044564200;
    private const ulong FormatVersion = 0x0001000100010006;
    private const int HeaderSize = 256;
    private const byte DeflateCompression = 1;

    public static void Write(Stream stream, DataViewSchema schema)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        DataViewSchema.Column[] columns = Storable(schema);
        writer.Write(new byte[HeaderSize]);
        long[] annotations = columns.Select(column => WriteAnnotations(writer, column)).ToArray();
        long table = stream.Position;
        for (int i = 0; i < columns.Length; i++)
        {
            writer.Write(columns[i].Name);
            WriteType(writer, columns[i].Type);
            writer.Write(DeflateCompression);
            writer.Write7BitEncodedInt(1);
            writer.Write((long)HeaderSize);
            writer.Write(annotations[i]);
        }
        long tail = stream.Position;
        writer.Write(TailSignature);
        stream.Position = 0;
        writer.Write(Signature);
        writer.Write(FormatVersion);
        writer.Write(FormatVersion);
        writer.Write(table);
        writer.Write(tail);
        writer.Write(0L);
        writer.Write(columns.Length);
        stream.Position = stream.Length;
    }

    public static DataViewSchema Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        Contracts.CheckDecode(reader.ReadUInt64() == Signature, "This does not appear to be a binary dataview file");
        Contracts.CheckDecode(reader.ReadUInt64() == FormatVersion && reader.ReadUInt64() == FormatVersion, "Cannot read this version of the file");
        long table = reader.ReadInt64();
        long tail = reader.ReadInt64();
        reader.ReadInt64();
        int count = reader.ReadInt32();
        var builder = new DataViewSchema.Builder();
        stream.Position = table;
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            DataViewType type = ReadType(reader);
            reader.ReadByte();
            reader.Read7BitEncodedInt();
            reader.ReadInt64();
            builder.AddColumn(name, type, ReadAnnotations(reader, reader.ReadInt64()));
        }
        Contracts.CheckDecode(stream.Position == tail && reader.ReadUInt64() == TailSignature, "Incorrect tail signature");
        return builder.ToSchema();
    }

    private static DataViewSchema.Column[] Storable(DataViewSchema schema)
        => schema.Where(column => ColumnTypeExtensions.KindOf(column.Type.GetItemType().RawType) != 0).ToArray();

    /// <summary>Where the annotations begin, or 0 when there are none.</summary>
    private static long WriteAnnotations(BinaryWriter writer, DataViewSchema.Column column)
    {
        DataViewSchema.Column[] annotations = Storable(column.Annotations.Schema);
        if (annotations.Length == 0)
            return 0;
        long start = writer.BaseStream.Position;
        writer.Write(annotations.Length);
        foreach (DataViewSchema.Column annotation in annotations)
        {
            writer.Write(annotation.Name);
            WriteType(writer, annotation.Type);
            Generic.Call(WriteValue<int>, annotation.Type.RawType, writer, column, annotation);
        }
        return start;
    }

    private static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader, long start)
    {
        if (start == 0)
            return null;
        long position = reader.BaseStream.Position;
        reader.BaseStream.Position = start;
        var annotations = new DataViewSchema.Annotations.Builder();
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            string kind = reader.ReadString();
            DataViewType type = ReadType(reader);
            annotations.Add(kind, type, Generic.Call(ReadValue<int>, type.RawType, reader));
        }
        reader.BaseStream.Position = position;
        return annotations.ToAnnotations();
    }

    // A name, and as many bytes of parameters as the number after it says: for vectors and keys the item's type and the dimensions or count.
    private static void WriteType(BinaryWriter writer, DataViewType type)
    {
        var parameters = new MemoryStream();
        using var inner = new BinaryWriter(parameters);
        switch (type)
        {
            case VectorDataViewType vector:
                WriteType(inner, vector.ItemType);
                inner.Write(vector.Dimensions.Length);
                foreach (int dimension in vector.Dimensions)
                    inner.Write(dimension);
                break;
            case KeyDataViewType key:
                WriteType(inner, ColumnTypeExtensions.PrimitiveTypeFromType(key.RawType));
                inner.Write(key.Count);
                break;
        }
        writer.Write(type switch
        {
            VectorDataViewType => "VBuffer",
            KeyDataViewType => "Key2",
            TextDataViewType => "TextSpan",
            _ => type.RawType.Name,
        });
        writer.Write7BitEncodedInt((int)parameters.Length);
        writer.Write(parameters.ToArray());
    }

    private static DataViewType ReadType(BinaryReader reader)
    {
        string name = reader.ReadString();
        reader.Read7BitEncodedInt();
        switch (name)
        {
            case "VBuffer":
                var item = (PrimitiveDataViewType)ReadType(reader);
                int[] dimensions = new int[reader.ReadInt32()];
                for (int i = 0; i < dimensions.Length; i++)
                    dimensions[i] = reader.ReadInt32();
                return new VectorDataViewType(item, dimensions);
            case "Key2":
                return new KeyDataViewType(ReadType(reader).RawType, reader.ReadUInt64());
            case "TextSpan":
                return TextDataViewType.Instance;
            default:
                PrimitiveDataViewType type = ColumnTypeExtensions.PrimitiveTypeFromName(name);
                Contracts.CheckDecode(type != null, $"Unknown codec '{name}'");
                return type;
        }
    }

    private static bool WriteValue<T>(BinaryWriter writer, DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        T value = default;
        column.Annotations.GetValue(annotation.Name, ref value);
        if (annotation.Type is VectorDataViewType vector)
            Generic.Call(WriteVector<int>, vector.ItemType.RawType, writer, (object)value);
        else
            WriteScalar(writer, value);
        return true;
    }

    private static bool WriteVector<T>(BinaryWriter writer, object boxed)
    {
        var values = (VBuffer<T>)boxed;
        writer.Write(values.Length);
        writer.Write(values.GetValues().Length);
        foreach (T value in values.GetValues())
            WriteScalar(writer, value);
        foreach (int index in values.GetIndices())
            writer.Write(index);
        return true;
    }

    private static Delegate ReadValue<T>(BinaryReader reader)
    {
        if (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>))
            return Generic.Call(ReadVector<int>, typeof(T).GetGenericArguments()[0], reader);
        T value = (T)ReadScalar(reader, typeof(T));
        return (ValueGetter<T>)((ref T destination) => destination = value);
    }

    private static Delegate ReadVector<T>(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        T[] values = new T[reader.ReadInt32()];
        for (int i = 0; i < values.Length; i++)
            values[i] = (T)ReadScalar(reader, typeof(T));
        int[] indices = new int[values.Length == length ? 0 : values.Length];
        for (int i = 0; i < indices.Length; i++)
            indices[i] = reader.ReadInt32();
        var vector = new VBuffer<T>(length, values.Length, values, indices);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => vector.CopyTo(ref destination));
    }

    private static void WriteScalar(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case ReadOnlyMemory<char> text:
                writer.Write(text.ToString());
                break;
            case float or double:
                writer.Write(Convert.ToDouble(value));
                break;
            case ulong large:
                writer.Write(large);
                break;
            case DateTime time:
                writer.Write(time.ToBinary());
                break;
            case TimeSpan span:
                writer.Write(span.Ticks);
                break;
            case DateTimeOffset time:
                writer.Write(time.Ticks);
                writer.Write(time.Offset.Ticks);
                break;
            case DataViewRowId id:
                writer.Write(id.Low);
                writer.Write(id.High);
                break;
            default:
                writer.Write(Convert.ToInt64(value));
                break;
        }
    }

    private static object ReadScalar(BinaryReader reader, Type type)
    {
        if (type == typeof(ReadOnlyMemory<char>))
            return reader.ReadString().AsMemory();
        if (type == typeof(float) || type == typeof(double))
            return Convert.ChangeType(reader.ReadDouble(), type);
        if (type == typeof(ulong))
            return reader.ReadUInt64();
        if (type == typeof(DateTime))
            return DateTime.FromBinary(reader.ReadInt64());
        if (type == typeof(TimeSpan))
            return TimeSpan.FromTicks(reader.ReadInt64());
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(reader.ReadInt64(), TimeSpan.FromTicks(reader.ReadInt64()));
        if (type == typeof(DataViewRowId))
            return new DataViewRowId(reader.ReadUInt64(), reader.ReadUInt64());
        return Convert.ChangeType(reader.ReadInt64(), type);
    }
}

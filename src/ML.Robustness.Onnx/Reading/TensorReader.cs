using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Onnx.Reading;

/// <summary>
/// Reads the tensors of a file: numbers become float32, integers int64. What a tensor claims is compared with the bytes that are
/// there before anything is allocated.
/// </summary>
internal sealed class TensorReader(string name, string? folder)
{
    internal Tensor Read(TensorProto proto)
    {
        var type = (DataType)proto.DataType;
        if (type is DataType.String)
            throw new NotSupportedException($"{name}: tensor '{proto.Name}' holds texts, which no network can compute with.");
        var count = Count(proto);
        var size = SizeOf(proto, type);
        var bytes = proto.DataLocation == TensorProto.Types.DataLocation.External
            ? External(proto, count * size)
            : proto.RawData.Length > 0 ? proto.RawData.Span : default;
        if (bytes.Length > 0 || count == 0)
        {
            if (bytes.Length != count * size)
                throw Damaged(proto, $"has {bytes.Length} bytes, but its sizes need {count * size}");
            return FromBytes(proto, type, bytes);
        }

        return FromFields(proto, type, count);
    }

    /// <summary>Takes data from a file beside the model into the tensor itself.</summary>
    internal void TakeIn(TensorProto proto)
    {
        if (proto.DataLocation != TensorProto.Types.DataLocation.External)
            return;
        proto.RawData = ByteString.CopyFrom(External(proto, Count(proto) * SizeOf(proto, (DataType)proto.DataType)));
        proto.ExternalData.Clear();
        proto.DataLocation = TensorProto.Types.DataLocation.Default;
    }

    private static Tensor FromBytes(TensorProto proto, DataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        DataType.Float => Floats(proto, MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
        DataType.Double => Floats(proto, Convert<double, float>(bytes, static value => (float)value)),
        DataType.Float16 => Floats(proto, Convert<Half, float>(bytes, static value => (float)value)),
        DataType.Bfloat16 => Floats(proto, Convert<ushort, float>(bytes, FromBfloat16)),
        DataType.Int64 => Integers(proto, MemoryMarshal.Cast<byte, long>(bytes).ToArray()),
        DataType.Uint64 => Integers(proto, Convert<ulong, long>(bytes, Saturated)),
        DataType.Int32 => Integers(proto, Convert<int, long>(bytes, static value => value)),
        DataType.Uint32 => Integers(proto, Convert<uint, long>(bytes, static value => value)),
        DataType.Int16 => Integers(proto, Convert<short, long>(bytes, static value => value)),
        DataType.Uint16 => Integers(proto, Convert<ushort, long>(bytes, static value => value)),
        DataType.Int8 => Integers(proto, Convert<sbyte, long>(bytes, static value => value)),
        DataType.Uint8 => Integers(proto, Convert<byte, long>(bytes, static value => value)),
        _ => tensor(Convert<byte, bool>(bytes, static value => value != 0), device: CPU).reshape([.. proto.Dims]),
    };

    private Tensor FromFields(TensorProto proto, DataType type, long count)
    {
        Tensor Of<TField,
        TValue>(IReadOnlyCollection<TField> values, Func<TField, TValue> convert, Func<TValue[], Tensor> make) =>
            values.Count == count
                ? make([.. values.Select(convert)])
                : throw Damaged(proto, $"has {values.Count} values, but its sizes need {count}");
        return type switch
        {
            DataType.Float => Of(proto.FloatData, value => value, values => Floats(proto, values)),
            DataType.Double => Of(proto.DoubleData, value => (float)value, values => Floats(proto, values)),
            DataType.Float16 => Of(proto.Int32Data, value => (float)BitConverter.UInt16BitsToHalf(unchecked((ushort)value)),
                values => Floats(proto, values)),
            DataType.Bfloat16 => Of(proto.Int32Data, value => FromBfloat16(unchecked((ushort)value)),
                values => Floats(proto, values)),
            DataType.Int64 => Of(proto.Int64Data, value => value, values => Integers(proto, values)),
            DataType.Uint64 or DataType.Uint32 => Of(proto.Uint64Data, Saturated,
                values => Integers(proto, values)),
            DataType.Bool => Of(proto.Int32Data, value => value != 0,
                values => tensor(values, device: CPU).reshape([.. proto.Dims])),
            _ => Of(proto.Int32Data, value => (long)value, values => Integers(proto, values)),
        };
    }

    private static Tensor Floats(TensorProto proto, float[] values) =>
        tensor(values, dtype: ScalarType.Float32, device: CPU).reshape([.. proto.Dims]);

    private static Tensor Integers(TensorProto proto, long[] values) =>
        tensor(values, dtype: ScalarType.Int64, device: CPU).reshape([.. proto.Dims]);

    private static TTo[] Convert<TFrom, TTo>(ReadOnlySpan<byte> bytes, Func<TFrom, TTo> convert)
        where TFrom : struct
    {
        var values = MemoryMarshal.Cast<byte, TFrom>(bytes);
        var converted = new TTo[values.Length];
        for (var i = 0; i < converted.Length; i++)
            converted[i] = convert(values[i]);
        return converted;
    }

    // Only ends of slices are that large: they mean "to the end".
    private static long Saturated(ulong value) => value > long.MaxValue ? long.MaxValue : (long)value;

    private static float FromBfloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private long Count(TensorProto proto)
    {
        var count = 1L;
        foreach (var size in proto.Dims)
        {
            if (size < 0 || (size > 0 && count > int.MaxValue / size))
                throw Damaged(proto, $"claims the sizes [{string.Join(", ", proto.Dims)}]");
            count *= size;
        }
        return count;
    }

    private int SizeOf(TensorProto proto, DataType type) => type switch
    {
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Double or DataType.Int64 or DataType.Uint64 => 8,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2,
        DataType.Int8 or DataType.Uint8 or DataType.Bool => 1,
        _ => throw new NotSupportedException(
            $"{name}: tensor '{proto.Name}' has the element type {(Enum.IsDefined(type) ? type : (int)type)}, which is not "
            + "supported: expected numbers of 16 to 64 bits, integers or Booleans."),
    };

    // Data in files beside the model: never outside its folder, and no more than is there.
    private byte[] External(TensorProto proto, long length)
    {
        var entries = proto.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        if (folder is null)
            throw Damaged(proto,
                "keeps its data in another file, which a model read from memory cannot have: load it by its path");
        if (!entries.TryGetValue("location", out var location) || location.Length == 0)
            throw Damaged(proto, "keeps its data in a file that it does not name");
        var path = Path.GetFullPath(Path.Combine(folder, location));
        if (Path.IsPathRooted(location)
            || !path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || LeavesFolder(path))
            throw Damaged(proto, $"keeps its data in '{location}', outside the folder of the model");
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"{name}: tensor '{proto.Name}' keeps its data in '{location}', which is not in the model's folder. Copy it "
                + "there.", path);
        var offset = Number(proto, entries, "offset", 0);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var claimed = Number(proto, entries, "length", length);
        if (claimed != length || offset < 0 || offset > stream.Length || length > stream.Length - offset)
            throw Damaged(proto,
                $"needs {length} bytes from {offset} of '{location}' (it says {claimed}), which has {stream.Length}");
        var bytes = new byte[length];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        return bytes;
    }

    // A link in the folder may lead out of it.
    private bool LeavesFolder(string path)
    {
        for (var place = path; place is not null && place.Length > folder!.Length; place = Path.GetDirectoryName(place))
        {
            FileSystemInfo entry = Directory.Exists(place) ? new DirectoryInfo(place) : new FileInfo(place);
            if (entry.LinkTarget is not null)
                return true;
        }
        return false;
    }

    private long Number(TensorProto proto, Dictionary<string, string> entries, string key, long missing) =>
        !entries.TryGetValue(key, out var text) ? missing
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Damaged(proto, $"has the {key} '{text}' in its data's file, which is no number");

    private InvalidDataException Damaged(TensorProto proto, string what) => new($"{name}: tensor '{proto.Name}' {what}.");
}

using System.Buffers.Binary;
using System.Text.Json;
using ML.Robustness.Persistence;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Files;

/// <summary>A safetensors file: a JSON header of names, types, shapes and places, then the numbers.</summary>
/// <remarks>
/// As the format demands, the header has 100 MB at most, and the tensors cover the rest of the file without a gap and without an
/// overlap (<see href="https://github.com/huggingface/safetensors"/>). PyBridge's reader
/// allocates what a header claims; after these checks a copy of bytes is all that is left to do.
/// </remarks>
internal static class SafetensorsFile
{
    private const int LargestHeader = 100_000_000;
    private const int Depth = 4;
    private const string Metadata = "__metadata__";

    private static readonly Dictionary<string, ScalarType> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = ScalarType.Float64,
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
        ["BOOL"] = ScalarType.Bool,
    };

    /// <summary>Reads what tensors there are.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or another one.</exception>
    internal static IReadOnlyList<StateDictionary> Read(FileStream stream, string path)
    {
        try
        {
            using var header = JsonDocument.Parse(Header(stream), new JsonDocumentOptions { MaxDepth = Depth });
            var begin = stream.Position;
            if (header.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException("its header is no JSON object");
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            var places = new List<(long From, long To, string Name)>();
            foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != Metadata))
            {
                var (type, shape, from, to) = Entry(entry.Name, entry.Value, stream.Length - begin);
                places.Add((from, to, entry.Name));
                var storage = new StoredStorage($"'{entry.Name}'", type, (to - from) / StoredTensor.ElementLength(type),
                    (skipped, bytes) =>
                    {
                        stream.Position = begin + from + skipped;
                        stream.ReadExactly(bytes);
                    });
                if (!tensors.TryAdd(entry.Name, new StoredTensor(storage, shape, StoredTensor.Contiguous(shape), 0)))
                    throw new InvalidDataException($"it has '{entry.Name}' twice");
            }

            CheckPlaces(places, stream.Length - begin);
            return tensors.Count > 0 ? [new StateDictionary("", tensors)] : [];
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"'{path}' is no safetensors file, or is damaged: {CheckedReader.Reason(error)}. Save it again, or fetch an "
                    + "undamaged copy.", error);
        }
    }

    private static byte[] Header(FileStream stream)
    {
        var left = stream.Length - sizeof(ulong);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        if (left < 0)
            throw new InvalidDataException($"it has {stream.Length} bytes");
        stream.ReadExactly(number);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(number);
        if (length > (ulong)Math.Min(left, LargestHeader))
            throw new InvalidDataException(
                $"it claims a header of {length} bytes, where {left} bytes follow and up to {LargestHeader} are read");
        var header = new byte[length];
        stream.ReadExactly(header);
        return header;
    }

    private static (ScalarType Type, long[] Shape, long From, long To) Entry(string name, JsonElement entry, long length)
    {
        if (entry.ValueKind != JsonValueKind.Object || entry.EnumerateObject().Count() != 3
            || !entry.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String
            || !entry.TryGetProperty("shape", out var sizes) || !entry.TryGetProperty("data_offsets", out var offsets))
            throw new InvalidDataException($"'{name}' has other properties than dtype, shape and data_offsets");
        if (!Types.TryGetValue(type.GetString()!, out var scalar))
            throw new InvalidDataException(
                $"'{name}' is of the type '{type.GetString()}', where one of {string.Join(", ", Types.Keys)} was expected");
        var shape = Numbers(name, sizes);
        if (Numbers(name, offsets) is not [var from, var to] || from > to || to > length)
            throw new InvalidDataException($"'{name}' has the place {offsets}, outside of the {length} bytes of numbers");
        var element = StoredTensor.ElementLength(scalar);
        return CheckedReader.Product($"'{name}'", shape, long.MaxValue / element) * element == to - from
            ? (scalar, shape, from, to)
            : throw new InvalidDataException(
                $"'{name}' has the shape {sizes} of {type}, which takes other than {to - from} bytes");
    }

    private static long[] Numbers(string name, JsonElement list) =>
        list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(item =>
                item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0 ? number
                    : throw new InvalidDataException($"'{name}' has the number {item}, where zero or more was expected"))]
            : throw new InvalidDataException($"'{name}' has {list} instead of a list of numbers");

    private static void CheckPlaces(List<(long From, long To, string Name)> places, long length)
    {
        places.Sort();
        var end = 0L;
        foreach (var (from, to, name) in places)
        {
            if (from != end)
                throw new InvalidDataException(
                    $"'{name}' begins at byte {from} of the numbers, where the one before ends at {end}");
            end = to;
        }

        if (end != length)
            throw new InvalidDataException($"its tensors end at byte {end} of the numbers, of which there are {length}");
    }
}

using System.Security.Cryptography;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The table of a section of weights: the names, element types and shapes of the tensors whose values follow
/// it.</summary>
/// <remarks>It is read, and compared with what the stream holds, before anything is made for the values.</remarks>
internal sealed class WeightTable
{
    private const int LargestTable = 1 << 26, Piece = 1 << 16;

    // A text without characters, a byte, a number.
    private const int LeastEntry = 1 + 1 + sizeof(int);

    private readonly string _architecture;
    private readonly (string Name, ScalarType Type, long[] Shape)[] _entries;

    private WeightTable(string architecture, (string, ScalarType, long[])[] entries, long values) =>
        (_architecture, _entries, Values) = (architecture, entries, values);

    /// <summary>The number of values of all tensors, which the stream has bytes for where it knows its length.</summary>
    internal long Values { get; }

    /// <summary>Reads a table of this length and its checksum.</summary>
    /// <exception cref="InvalidDataException">The table is cut short or damaged, or claims more than the stream has.</exception>
    internal static WeightTable Read(Stream stream, int length)
    {
        if (length is < 0 or > LargestTable)
            throw new InvalidDataException(
                $"The weights are damaged: their table claims {length} bytes, where 0 to {LargestTable} were expected.");
        using var table = new MemoryStream();
        var piece = new byte[Math.Min(length, Piece)];
        for (var left = length; left > 0;)
        {
            var part = piece.AsSpan(0, Math.Min(left, piece.Length));
            Fill(stream, part);
            table.Write(part);
            left -= part.Length;
        }

        table.Position = 0;
        Verify(stream, SHA256.HashData(table));
        table.Position = 0;
        var (read, bytes) = CheckedReader.Read(table, table.Length, Damaged, Read);
        if (stream.CanSeek && bytes + SHA256.HashSizeInBytes > stream.Length - stream.Position)
            throw new InvalidDataException(
                $"The weights are cut short: their table asks for {bytes} bytes of values and {SHA256.HashSizeInBytes} of a "
                    + $"checksum, but {stream.Length - stream.Position} bytes follow it.");
        return read;
    }

    /// <summary>Throws unless the tensors are those of a network.</summary>
    /// <exception cref="InvalidDataException">The weights are of another architecture.</exception>
    internal void CheckFits(Dictionary<string, Tensor> targets)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, type, shape) in _entries)
        {
            var found = Describe(type, shape);
            if (!targets.TryGetValue(name, out var target))
                throw Mismatch($"the file has '{name}', {found}, which the network lacks");
            var expected = Describe(target.dtype, target.shape);
            if (found != expected)
                throw Mismatch($"'{name}' is {expected} in the network but {found} in the file");
            if (!names.Add(name))
                throw Mismatch($"the file has '{name}' twice");
        }
        foreach (var (name, target) in targets)
        {
            if (!names.Contains(name))
                throw Mismatch($"the network has '{name}', {Describe(target.dtype, target.shape)}, which the file lacks");
        }
    }

    /// <summary>Throws unless the tensors have as many values as what is still to be made for them.</summary>
    /// <exception cref="InvalidDataException">The weights are of another architecture.</exception>
    internal void CheckValues(long? expected, string network)
    {
        if (expected != Values)
            throw Mismatch($"{network} has {(expected is { } count ? $"{count}" : "more than 2^63")} values, the file {Values}");
    }

    /// <summary>Reads the values that follow the table into a network. It keeps its own weights when this fails.</summary>
    /// <exception cref="InvalidDataException">The values are cut short or damaged, or of another architecture.</exception>
    internal void ReadValues(Stream stream, Module model)
    {
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        var targets = model.state_dict();
        CheckFits(targets);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var values = new List<(Tensor Target, Tensor Value)>();
        foreach (var (name, _, _) in _entries)
        {
            var target = targets[name];
            var value = zeros(target.shape, target.dtype, CPU);
            Fill(stream, value.bytes);
            hash.AppendData(value.bytes);
            values.Add((target, value));
        }
        Verify(stream, hash.GetHashAndReset());

        using var quiet = no_grad();
        foreach (var (target, value) in values)
            target.copy_(value);
    }

    internal static void Fill(Stream stream, Span<byte> target)
    {
        if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
            throw new InvalidDataException("The weights are cut short: the file ends inside them.");
    }

    private static (WeightTable Table, long Bytes) Read(CheckedReader reader)
    {
        var architecture = reader.ReadString();
        var entries = new (string, ScalarType, long[])[reader.ReadCount("tensors", LeastEntry)];
        var (values, bytes) = (0L, 0L);
        for (var i = 0; i < entries.Length; i++)
        {
            var (name, number) = (reader.ReadString(), reader.ReadSByte());
            var type = (ScalarType)number;
            if (TensorRecord.ElementLength(type) is not { } element)
                throw new InvalidDataException($"'{name}' has the element type {number}, which is none of TorchSharp's");
            var shape = reader.ReadShape();
            var count = CheckedReader.Product($"'{name}'", shape, long.MaxValue / element);
            entries[i] = (name, type, shape);
            (values, bytes) = checked((values + count, bytes + (count * element)));
        }

        return (new WeightTable(architecture, entries, values), bytes);
    }

    private static string Describe(ScalarType type, long[] shape) => $"{type} {TensorShape.Text(shape)}";

    private static void Verify(Stream stream, byte[] expected)
    {
        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
        Fill(stream, stored);
        if (!stored.SequenceEqual(expected))
            throw new InvalidDataException("The weights are damaged: their checksum does not match.");
    }

    private static InvalidDataException Damaged(string why) => new($"The weights are damaged: {why}.");

    private InvalidDataException Mismatch(string difference) =>
        new($"The weights{(_architecture.Length > 0 ? $" of {_architecture}" : "")} do not fit this network: {difference}.");
}

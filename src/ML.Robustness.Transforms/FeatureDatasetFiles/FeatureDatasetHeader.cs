using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Data;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The header of a feature data set's file: its manifest and the layout of its blocks.</summary>
/// <remarks>
/// The file is: a mark, a version, the header's length, the header, its SHA-256; blocks of rows, each with its SHA-256, all of
/// the same number of rows but the last; the number of rows, and the SHA-256 of the header's, the blocks' and that number. So
/// each block can be checked when it is read.
/// </remarks>
internal sealed record FeatureDatasetHeader(
    string Kind, IReadOnlyDictionary<string, string> Parameters, string SourceDescription, string? SourceChecksum,
    FeatureDatasetRecord Record, int RowsPerBlock)
{
    internal const int DigestLength = SHA256.HashSizeInBytes, TrailerLength = sizeof(long) + DigestLength;

    private const int Version = 1, PrefixLength = 16;

    private static readonly byte[] Mark = "MLRFEATS"u8.ToArray();

    /// <summary>Whether the header identifies the feature data set.</summary>
    internal bool IsIdentified =>
        Kind.Length > 0 || Parameters.Count > 0 || SourceDescription.Length > 0 || SourceChecksum != null;

    internal int BlockLength => (int)LengthOf(RowsPerBlock, Record.FeatureType.Size, Record.IsFloat);

    internal byte[] ToBytes()
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content, Encoding.UTF8);
        writer.Write(Mark);
        writer.Write(Version);
        writer.Write(0);
        writer.Write(Kind);
        writer.Write(Parameters.Count);
        foreach (var (name, value) in Parameters)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.Write(SourceDescription);
        writer.Write(SourceChecksum ?? "");
        writer.Write(Record.FeatureName);
        writer.Write(Record.IsFloat);
        writer.Write(Record.FeatureType.Dimensions.Length);
        foreach (var size in Record.FeatureType.Dimensions)
            writer.Write(size);
        writer.Write(Record.LabelName);
        writer.Write(Record.LabelType is KeyDataViewType key ? (int)key.Count : 0);
        KeyValues.Write(writer, Record.KeyValues);
        writer.Write(RowsPerBlock);
        writer.Flush();
        var bytes = content.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(PrefixLength - sizeof(int)), bytes.Length - PrefixLength);
        return [.. bytes, .. SHA256.HashData(bytes)];
    }

    /// <summary>Reads a header from the start of a stream.</summary>
    /// <returns>The header, and the bytes that it takes; null where the stream ends before it.</returns>
    /// <exception cref="InvalidDataException">It is no such file, from another version, or altered.</exception>
    internal static (FeatureDatasetHeader Header, byte[] Bytes)? Read(Stream stream, string path)
    {
        var prefix = new byte[PrefixLength];
        var read = stream.ReadAtLeast(prefix, PrefixLength, throwOnEndOfStream: false);
        if (!prefix.AsSpan(0, Math.Min(read, Mark.Length)).SequenceEqual(Mark.AsSpan(0, Math.Min(read, Mark.Length))))
            throw new InvalidDataException(
                $"'{path}' is not the file of a feature data set. Give the path of one that SaveFeatureDataset wrote.");
        if (read < PrefixLength)
            return null;
        var version = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(Mark.Length));
        if (version != Version)
            throw new InvalidDataException(
                $"'{path}' was written by another version of the library: it has format {version}, and this one reads format " +
                $"{Version}. Read it with the version that wrote it, or create it again.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(PrefixLength - sizeof(int)));
        if (length < 0)
            throw Altered(path);
        if (length + (long)DigestLength > stream.Length - stream.Position)
            return null;
        var bytes = new byte[PrefixLength + length + DigestLength];
        prefix.CopyTo(bytes, 0);
        if (stream.ReadAtLeast(bytes.AsSpan(PrefixLength), length + DigestLength,
            throwOnEndOfStream: false) < length + DigestLength)
            return null;
        if (!SHA256.HashData(bytes.AsSpan(0, PrefixLength + length)).AsSpan().SequenceEqual(bytes.AsSpan(PrefixLength + length)))
            throw Altered(path);
        var header = CheckedReader.Read(new MemoryStream(bytes, PrefixLength, length), length,
            why => new InvalidDataException(
                $"'{path}' is no feature data set that can be read: in its manifest, {why}. Create it again."), Read);
        return (header, bytes);
    }

    /// <summary>The first difference of two headers: its name, this header's value and the other's.</summary>
    internal (string What, string Mine, string Other)? Difference(FeatureDatasetHeader other)
    {
        foreach (var (mine, its) in Said().Zip(other.Said()))
        {
            if (mine.Value != its.Value)
                return (mine.Name, mine.Value, its.Value);
        }

        foreach (var name in Parameters.Keys.Union(other.Parameters.Keys).Order(StringComparer.Ordinal))
        {
            var (mine, its) = (Parameters.GetValueOrDefault(name), other.Parameters.GetValueOrDefault(name));
            if (mine != its)
                return ($"parameter {name}", mine ?? "absent", its ?? "absent");
        }

        return KeyValues.AreSame(Record.KeyValues, other.Record.KeyValues) ? null
            : ("the label's list of key values", "one", "another");
    }

    private (string Name, string Value)[] Said() =>
    [
        ("kind", Kind), ("source", SourceDescription), ("source checksum", SourceChecksum ?? "none"),
        ("features", $"{Record.FeatureName} {Record.FeatureType}"), ("label", $"{Record.LabelName} {Record.LabelType}"),
        ("rows a block", RowsPerBlock.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>The bytes of a block: rows, each a label and its features, and their digest.</summary>
    private static long LengthOf(int rows, int features, bool isFloat) =>
        ((long)rows * (FeatureDatasetRecord.LabelLength + ((long)features * (isFloat ? sizeof(float) : sizeof(byte)))))
        + DigestLength;

    /// <summary>Throws where a block would be larger than an array.</summary>
    /// <exception cref="ArgumentException">It would.</exception>
    internal static void CheckBlock(int rows, int features, bool isFloat)
    {
        if (LengthOf(rows, features, isFloat) > Array.MaxLength)
            throw new ArgumentException(
                $"a block of {rows} rows of {features} values is larger than {Array.MaxLength} bytes: give " +
                $"{nameof(FeatureDatasetFileOptions.RowsPerBlock)} a lower value");
    }

    private static FeatureDatasetHeader Read(CheckedReader reader)
    {
        var kind = reader.ReadString();
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var left = reader.ReadCount("parameters", 2); left > 0; left--)
            parameters.Add(reader.ReadString(), reader.ReadString());
        var (description, checksum) = (reader.ReadString(), reader.ReadString());
        var (featureName, isFloat) = (reader.ReadString(), reader.ReadBoolean());
        var (sizes, length) = reader.ReadSizes("the features");
        if (length == 0)
            throw new InvalidDataException("rows have no features");
        var featureType = new VectorDataViewType(isFloat ? NumberDataViewType.Single : NumberDataViewType.Byte, sizes);
        var (labelName, classes) = (reader.ReadString(), reader.ReadInt32("the number of keys", 0, int.MaxValue));
        var values = KeyValues.Read(reader, classes);
        DataViewType labelType = classes > 0 ? new KeyDataViewType(typeof(uint), classes) : NumberDataViewType.Single;
        var rows = reader.ReadInt32("the number of rows in a block", 1, int.MaxValue);
        CheckBlock(rows, length, isFloat);
        return new(kind, parameters, description, checksum.Length > 0 ? checksum : null,
            new(featureName, featureType, labelName, labelType, values), rows);
    }

    private static InvalidDataException Altered(string path) =>
        new(
            $"'{path}' was altered: its manifest does not have the checksum that it had when it was written. Restore the " +
            "file, or create it again.");
}

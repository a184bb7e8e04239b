using System.Buffers.Binary;

namespace ML.Robustness.PyTorch.Files;

/// <summary>An open file of weights: its dictionaries of tensors, whose values are read when they are asked for.</summary>
/// <param name="dictionaries">The dictionaries, the outermost first.</param>
/// <param name="stream">The file.</param>
internal sealed class WeightFile(IReadOnlyList<StateDictionary> dictionaries, FileStream stream) : IDisposable
{
    private const int BeginLength = 16;
    private const byte PickleMark = 0x80;

    private static readonly byte[] ZipMark = "PK\x03\x04"u8.ToArray();

    internal IReadOnlyList<StateDictionary> Dictionaries { get; } = dictionaries;

    /// <summary>Opens a file of PyTorch or of safetensors; the content tells which.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is neither, is damaged, or would call code.</exception>
    internal static WeightFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            var begin = new byte[BeginLength];
            var read = stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
            stream.Position = 0;
            var dictionaries = Read(stream, path, begin.AsSpan(0, read));
            return dictionaries.Count > 0 ? new WeightFile(dictionaries, stream)
                : throw new InvalidDataException(
                    $"'{path}' holds no state dictionary: expected one that names tensors, as "
                        + "torch.save(model.state_dict(), path) writes it.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose() => stream.Dispose();

    private static IReadOnlyList<StateDictionary> Read(FileStream stream, string path, ReadOnlySpan<byte> begin)
    {
        if (begin.StartsWith(ZipMark))
            return TorchArchive.Read(stream, path);
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || IsSafetensors(begin, stream.Length))
            return SafetensorsFile.Read(stream, path);
        if (begin is [PickleMark, ..])
            throw new InvalidDataException(
                $"'{path}' is a pickle alone, as torch.save wrote it before PyTorch 1.6. Save it again in Python: "
                    + "torch.save(torch.load(path, weights_only=True), path).");
        throw new InvalidDataException(
            $"'{path}' is no file of torch.save or safetensors, or is cut short: it begins with "
                + $"{(begin.IsEmpty ? "nothing" : Convert.ToHexString(begin))}.");
    }

    private static bool IsSafetensors(ReadOnlySpan<byte> begin, long length) =>
        begin.Length > sizeof(ulong) && begin[sizeof(ulong)] == '{'
            && BinaryPrimitives.ReadUInt64LittleEndian(begin) < (ulong)length;
}

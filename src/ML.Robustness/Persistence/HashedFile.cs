using System.Security.Cryptography;
using System.Text;

namespace ML.Robustness.Persistence;

/// <summary>A format of our own: a mark, a version, the content, and the SHA-256 of all of it.</summary>
/// <param name="Mark">Eight ASCII characters by which the file begins.</param>
/// <param name="Version">The version of the content that is written and read.</param>
/// <param name="What">What the file is, for errors: for example <c>a training checkpoint</c>.</param>
/// <param name="Advice">What to do about a file that cannot be read, a sentence.</param>
internal sealed record HashedFile(string Mark, int Version, string What, string Advice)
{
    private int HeaderLength => Mark.Length + sizeof(int);

    internal void Write(OwnedPath path, Action<BinaryWriter> content) => path.Write(stream =>
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new BinaryWriter(hashed, Encoding.UTF8))
        {
            writer.Write(Encoding.ASCII.GetBytes(Mark));
            writer.Write(Version);
            content(writer);
        }

        stream.Write(hash.Hash!);
    });

    /// <summary>Reads a file whose checksum is right.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is none of this format, damaged, or was written by another version of the library.
    /// </exception>
    internal T Read<T>(string path, Func<CheckedReader, T> content)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var header = new byte[HeaderLength];
        var read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read < Mark.Length || !header.AsSpan(0, Mark.Length).SequenceEqual(Encoding.ASCII.GetBytes(Mark)))
            throw new InvalidDataException($"'{path}' is not {What}. {Advice}");
        var end = stream.Length - SHA256.HashSizeInBytes;
        if (end < HeaderLength || !HasItsHash(stream, end))
            throw new InvalidDataException($"'{path}' is {What} that is truncated or damaged. {Advice}");
        if (BitConverter.ToInt32(header, Mark.Length) is var version && version != Version)
            throw new InvalidDataException(
                $"'{path}' is {What} that was written by another version of the library: it has format {version}, and this one "
                    + $"reads format {Version}. {Advice}");
        stream.Position = HeaderLength;
        return CheckedReader.Read(stream, end,
            why => new InvalidDataException($"'{path}' is {What} that cannot be read: {why}. {Advice}"), content);
    }

    private static bool HasItsHash(FileStream stream, long end)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        stream.Position = 0;
        for (var left = end; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        var stored = new byte[SHA256.HashSizeInBytes];
        return stream.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) == stored.Length
            && hash.GetHashAndReset().AsSpan().SequenceEqual(stored);
    }
}

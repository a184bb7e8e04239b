using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Faults.Formats;

/// <summary>A model file of ML.NET with one of the library's steps: loaded, and used on a few rows.</summary>
/// <param name="name">The step.</param>
/// <param name="fit">Makes the step with a classifier.</param>
internal sealed class ModelFormat(string name, Func<ClassifierUses, NeuralClassifierTransformer, ITransformer> fit) : FileFormat
{
    private static readonly Lazy<ClassifierUses> Uses = new(static () => new ClassifierUses());

    private IReadOnlyList<SealedPart>? _parts;

    internal override string Name => $"model {name}";

    internal override bool HasChecksum => true;

    internal override IReadOnlyList<SealedPart> Parts => _parts ??= [.. FindParts()];

    internal override IEnumerable<(string Name, byte[] File)> Crafted
    {
        get
        {
            var header = Parts[0];
            foreach (var (from, to) in new (string, string)[]
            {
                ("MultilayerPerceptron(16)", "MultilayerPerceptron(40000, 40000)"),
                ("MultilayerPerceptron(16)", "MultilayerPerceptron(2147483647)"),
                ("MultilayerPerceptron(16)", $"MultilayerPerceptron({string.Join(", ", Enumerable.Repeat("16", 9000))})"),
                ("MultilayerPerceptron(16)", "ResidualNet(100000)"),
                ("MultilayerPerceptron(16)", "ConvNet(100000, 100000)"),
            })
            {
                if (Replace(header.Content, from, to) is { } made)
                    yield return (to.Length > 60 ? to[..60] : to, header.Seal(made));
            }
            // Nested methods: the bytes behind the step's own options once more, hundreds of times.
            for (var start = 0; start < header.Content.Length; start += 3)
            {
                var length = Math.Min(header.Content.Length - start, 24 + start % 16);
                var nested = Enumerable.Repeat(header.Content[start..(start + length)], 2000).SelectMany(chunk => chunk);
                yield return ($"{length} bytes at {start} 2000 times",
                    header.Seal([.. header.Content[..start], .. nested, .. header.Content[start..]]));
            }
        }
    }

    internal override string Read(string path)
    {
        try
        {
            return Use(Uses.Value.Ml.Model.LoadVerified(path, out _));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            TryUnverified(path);
            throw;
        }
    }

    // InvalidOperationException: the network is one of the user's own, by its name, and not registered.
    internal override bool IsDocumented(Exception error) =>
        error is InvalidDataException || (error is InvalidOperationException and not ObjectDisposedException);

    /// <summary>Most users call ML.NET's own method: it may throw what it likes, but must end, within bounds.</summary>
    private static void TryUnverified(string path)
    {
        try
        {
            Use(Uses.Value.Ml.Model.Load(path, out _));
        }
        catch (Exception error) when (!IsOutOfMemory(error))
        {
        }
    }

    private static bool IsOutOfMemory(Exception error) =>
        error is OutOfMemoryException || (error.InnerException is { } inner && IsOutOfMemory(inner));

    private static string Use(ITransformer model)
    {
        try
        {
            return ContentDigest.Of(model.Transform(Uses.Value.Data));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // A sound model of another column or kind, as its own error says.
            throw new InvalidDataException(error.Message, error);
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }

    private protected override byte[] Make()
    {
        var uses = Uses.Value;
        using var classifier = uses.Train();
        var step = fit(uses, classifier);
        using var stream = new MemoryStream();
        uses.Ml.Model.Save(step, uses.Data.Schema, stream);
        if (!ReferenceEquals(step, classifier))
            (step as IDisposable)?.Dispose();
        return stream.ToArray();
    }

    private IEnumerable<SealedPart> FindParts()
    {
        using var archive = new ZipArchive(new MemoryStream(Honest));
        foreach (var entry in archive.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            var (entryName, bytes) = (entry.FullName, content.ToArray());
            if (bytes.AsSpan().StartsWith("MLRW"u8))
            {
                foreach (var part in WeightSections.Parts(bytes, made => With(entryName, made)))
                    yield return part;
            }
            else if (FindHeader(bytes) is var (start, length) && length > 0)
            {
                var end = start + sizeof(int) + length + SHA256.HashSizeInBytes;
                yield return new SealedPart("header", bytes[(start + sizeof(int))..(start + sizeof(int) + length)], false,
                    made => With(entryName, [.. bytes[..start], .. BitConverter.GetBytes(made.Length), .. made,
                        .. SHA256.HashData(made), .. bytes[end..]]));
            }
        }
    }

    // A length, so many bytes, and their SHA-256.
    private static (int Start, int Length) FindHeader(byte[] entry)
    {
        for (var start = 0; start + sizeof(int) + SHA256.HashSizeInBytes < entry.Length; start++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(entry.AsSpan(start));
            var content = start + sizeof(int);
            if (length > 0 && length <= entry.Length - content - SHA256.HashSizeInBytes
                && SHA256.HashData(entry.AsSpan(content, length)).AsSpan()
                    .SequenceEqual(entry.AsSpan(content + length, SHA256.HashSizeInBytes)))
                return (start, length);
        }
        return default;
    }

    private byte[] With(string entryName, byte[] content)
    {
        using var stream = new MemoryStream();
        using (var made = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        using (var archive = new ZipArchive(new MemoryStream(Honest)))
        {
            foreach (var entry in archive.Entries)
            {
                using var target = made.CreateEntry(entry.FullName).Open();
                using var source = entry.FullName == entryName ? new MemoryStream(content) : entry.Open();
                source.CopyTo(target);
            }
        }
        return stream.ToArray();
    }

    private static byte[]? Replace(byte[] content, string from, string to)
    {
        var (old, made) = (Text(from), Text(to));
        var place = content.AsSpan().IndexOf(old);
        return place < 0 ? null : [.. content[..place], .. made, .. content[(place + old.Length)..]];
    }

    private static byte[] Text(string text)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
            writer.Write(text);
        return stream.ToArray();
    }
}

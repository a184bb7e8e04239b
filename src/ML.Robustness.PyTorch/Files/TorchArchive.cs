using System.IO.Compression;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Persistence;

namespace ML.Robustness.PyTorch.Files;

/// <summary>A file of <c>torch.save</c>: a zip of a pickle, which names tensors, and of their numbers.</summary>
internal sealed class TorchArchive
{
    private const string Pickle = "data.pkl";
    private const string Advice = "Save it again, or fetch an undamaged copy.";

    // About 100,000 tensors.
    private const long LargestPickle = 1 << 24;

    private readonly string _path, _folder;
    private readonly Dictionary<string, ZipArchiveEntry> _entries;

    private TorchArchive(string path, string folder, Dictionary<string, ZipArchiveEntry> entries) =>
        (_path, _folder, _entries) = (path, folder, entries);

    /// <summary>Reads what tensors there are.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, another one, or would call code.</exception>
    internal static List<StateDictionary> Read(FileStream stream, string path)
    {
        // Every part has its length and its checksum from here on.
        VerifiedZip.Check(stream, path, "file of torch.save", Advice);
        var entries = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true).Entries
            .ToDictionary(entry => entry.FullName, StringComparer.Ordinal);
        string[] folders =
            [.. entries.Values.Where(entry => entry.Name == Pickle).Select(entry => entry.FullName[..^Pickle.Length])];
        if (folders is not [var folder])
            throw new InvalidDataException(
                $"'{path}' is no file of torch.save: it is a zip file with {folders.Length} parts "
                    + $"named {Pickle} instead of one.");
        return new TorchArchive(path, folder, entries).Dictionaries();
    }

    private List<StateDictionary> Dictionaries()
    {
        if (_entries.ContainsKey(_folder + "constants.pkl")
            || _entries.Keys.Any(name => name.StartsWith(_folder + "code/", StringComparison.Ordinal)))
            throw new InvalidDataException(
                $"'{_path}' is TorchScript, a network with its code: use FromTorchScript or TorchScriptNetwork.Load.");
        if (_entries.TryGetValue(_folder + "byteorder", out var order) && Text(order) is var text and not "little")
            throw new InvalidDataException($"'{_path}' has the byte order '{text}', where 'little' is read.");
        var pickle = _entries[_folder + Pickle];
        if (pickle.Length > LargestPickle)
            throw new InvalidDataException(
                $"'{_path}' holds a pickle of {pickle.Length} bytes, where up to {LargestPickle} are read.");
        var content = new byte[pickle.Length];
        ReadBytes(pickle, 0, content);
        return StateDictionary.AllOf(PickleReader.Read(content, why => new InvalidDataException(
            $"'{_path}' cannot be read: {why} in {pickle.FullName}. If you trust the file, load it in Python and save its state "
                + "dictionary alone: torch.save(model.state_dict(), path)."), Storage));
    }

    private StoredStorage Storage(PickleName name, string key, long count)
    {
        if (name.Storage is not { } type)
            throw new InvalidDataException($"'{name.Module}.{name.Name}' is no storage");
        if (!_entries.TryGetValue($"{_folder}data/{key}", out var entry))
            throw new InvalidDataException($"the storage '{key}' is missing");
        if (count < 0 || count > entry.Length / StoredTensor.ElementLength(type))
            throw new InvalidDataException(
                $"the storage '{key}' claims {count} numbers of {type}, but has {entry.Length} bytes");
        return new StoredStorage($"the storage '{key}'", type, count, (from, bytes) => ReadBytes(entry, from, bytes));
    }

    private static string Text(ZipArchiveEntry entry)
    {
        var bytes = new byte[Math.Min(entry.Length, 16)];
        ReadBytes(entry, 0, bytes);
        return System.Text.Encoding.ASCII.GetString(bytes);
    }

    private static void ReadBytes(ZipArchiveEntry entry, long from, Span<byte> bytes)
    {
        using var content = entry.Open();
        if (content.CanSeek)
        {
            content.Position = from;
        }
        else
        {
            var skipped = new byte[(int)Math.Min(from, 1 << 16)];
            for (var left = from; left > 0; left -= Math.Min(left, skipped.Length))
                content.ReadExactly(skipped, 0, (int)Math.Min(left, skipped.Length));
        }

        content.ReadExactly(bytes);
    }
}

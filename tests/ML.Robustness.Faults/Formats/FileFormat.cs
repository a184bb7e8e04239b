namespace ML.Robustness.Faults.Formats;

/// <summary>
/// A kind of file that the library reads: an undamaged example, how it is read, and which errors its reader promises.
/// </summary>
internal abstract class FileFormat
{
    /// <summary>The name in tables and on the command line.</summary>
    internal abstract string Name { get; }

    /// <summary>An undamaged file; a process that is given one by another sets it, since some hold times.</summary>
    internal byte[] Honest
    {
        get => field ??= Make();
        set;
    }

    /// <summary>Whether a checksum covers every byte that the content depends on.</summary>
    internal abstract bool HasChecksum { get; }

    /// <summary>The parts whose checksums can be computed again, so that what is behind the checksum is reached.</summary>
    internal virtual IReadOnlyList<SealedPart> Parts => [];

    /// <summary>Files that someone made on purpose, by name.</summary>
    internal virtual IEnumerable<(string Name, byte[] File)> Crafted => [];

    private protected abstract byte[] Make();

    /// <summary>A file that is sound in its outer form and wrong within; null where the format has no such form.</summary>
    internal virtual (byte[] File, string What)? Damage(Random random) => null;

    /// <summary>Reads a file as a user does, and uses what it holds.</summary>
    /// <returns>The content, so that two files of the same content give the same text.</returns>
    internal abstract string Read(string path);

    /// <summary>Whether the reader promises this error for a bad file.</summary>
    internal virtual bool IsDocumented(Exception error) => error is InvalidDataException;
}

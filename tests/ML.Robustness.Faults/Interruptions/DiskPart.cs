using System.Diagnostics;
using ML.Robustness.Faults.Formats;

namespace ML.Robustness.Faults.Interruptions;

/// <summary>Runs on a full disk: an error that names the file, the old file as it was, no empty file beside it.</summary>
internal static class DiskPart
{
    private const int Tries = 6, DiskBytes = 1 << 20;

    internal static void Run(FaultOptions options, Summary summary)
    {
        using var folder = new TemporaryFolder();
        var disk = Directory.CreateDirectory(folder.PathOf("disk")).FullName;
        if (!TryRun("mount", "-t", "tmpfs", "-o", $"size={DiskBytes}", "tmpfs", disk))
        {
            summary.Line("Full disk: skipped, since this user cannot mount a tmpfs.\n");
            return;
        }
        try
        {
            var rows = new List<(string, IReadOnlyList<long>)>();
            foreach (var (name, old, write) in Writes())
                rows.Add((name, Fill(name, old, write, disk, new Random(options.Seed), summary)));
            summary.Add($"Writing to a full disk, seed {options.Seed}.",
                ["room enough", "error, old file kept", "wrong error!", "old file lost!", "empty file left!"], rows);
        }
        finally
        {
            TryRun("umount", disk);
        }
    }

    // What lies at the path before, and the work that writes it anew.
    private static IEnumerable<(string Name, byte[] Old, Func<string, string> Write)> Writes() =>
    [
        ("training", new CheckpointFormat().Honest, static path => new CheckpointFormat().Read(path)),
        ("suite of attacks", new SuiteStateFormat().Honest, static path => new SuiteStateFormat().Read(path)),
        ("feature data set", [1, 2, 3], Work.All["feature data set"]),
        ("SaveAtomically", [1, 2, 3], Work.All["SaveAtomically"]),
    ];

    private static long[] Fill(
        string name, byte[] old, Func<string, string> write, string disk, Random random, Summary summary)
    {
        var counts = new long[5];
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            foreach (var file in Directory.GetFiles(disk))
                File.Delete(file);
            var path = Path.Combine(disk, "file");
            File.WriteAllBytes(path, old);
            var free = 4096 * random.Next(1 + (old.Length + 4096) / 4096);
            Occupy(Path.Combine(disk, "filler"), free);
            var place = 0;
            var detail = "";
            try
            {
                write(path);
            }
            catch (Exception error)
            {
                detail = $"{error.GetType().Name}: {error.Message}";
                place = error is IOException && error.Message.Contains(path, StringComparison.Ordinal) ? 1 : 2;
            }
            if (place == 1 && !File.ReadAllBytes(path).AsSpan().SequenceEqual(old))
                place = 3;
            if (place == 1 && Directory.GetFiles(disk, "file?*").Any(file => new FileInfo(file).Length == 0))
                place = 4;
            counts[place]++;
            if (place > 1)
                summary.Fault($"{name}, full disk ({free} bytes free): {detail}");
        }
        return counts;
    }

    private static void Occupy(string path, long leave)
    {
        using var filler = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var free = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        filler.Write(new byte[Math.Max(0, free - leave)]);
    }

    private static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

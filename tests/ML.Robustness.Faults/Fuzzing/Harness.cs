using System.Runtime.InteropServices;
using ML.Robustness.Faults.Formats;
using SharpFuzz;
using SharpFuzz.Common;

namespace ML.Robustness.Faults.Fuzzing;

/// <summary>A reader as afl++ runs it: what is not promised of it is a crash.</summary>
internal static class Harness
{
    /// <summary>The number of a part for the whole file.</summary>
    internal const int WholeFile = -1;

    private const int Counters = 1 << 16;

    /// <summary>Reads what afl++ gives, as the whole file or as a part behind its checksum.</summary>
    internal static int Run(string name, int part, string honestPath)
    {
        CountNowhere();
        var format = FormatTable.Of(name);
        format.Honest = File.ReadAllBytes(honestPath);
        var folder = new TemporaryFolder();
        var path = folder.PathOf("file");
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            File.WriteAllBytes(path, FileOf(format, part, input.ToArray()));
            if (Judge.Read(format, path, null, out var detail) is var outcome && outcome >= Outcome.SilentDifference)
                throw new InvalidOperationException(detail);
        });
        return 0;
    }

    /// <summary>
    /// The library's code counts its branches in memory that afl++ gives: what runs before, as a module that is loaded, counts in
    /// memory of its own.
    /// </summary>
    private static unsafe void CountNowhere() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(Counters);

    /// <summary>Reads one file and prints the outcome.</summary>
    internal static int Read(FileFormat format, string path)
    {
        using var folder = new TemporaryFolder();
        var copy = folder.PathOf("file");
        File.Copy(path, copy);
        var outcome = Judge.Read(format, copy, null, out var detail);
        Console.WriteLine($"{(int)outcome} {detail.ReplaceLineEndings(" ")}");
        return 0;
    }

    internal static byte[] FileOf(FileFormat format, int part, byte[] input) =>
        part == WholeFile ? input : format.Parts[part].Seal(input);
}

using System.ComponentModel;
using System.Diagnostics;

namespace ML.Robustness.Faults.Fuzzing;

/// <summary>A copy of this program whose library counts its branches for afl++.</summary>
internal sealed class InstrumentedProgram : IDisposable
{
    private static readonly string[] Instrumented =
        ["ML.Robustness.dll", "ML.Robustness.Transforms.dll", "ML.Robustness.Onnx.dll", "ML.Robustness.PyTorch.dll"];

    private readonly TemporaryFolder _folder = new();

    private InstrumentedProgram()
    {
    }

    /// <summary>The program.</summary>
    internal string Path => _folder.PathOf(System.IO.Path.GetFileName(typeof(InstrumentedProgram).Assembly.Location));

    /// <summary>Makes the copy; null where a tool is missing, and why.</summary>
    internal static InstrumentedProgram? Create(out string why)
    {
        why = "afl-fuzz is not installed (Debian: apt-get install afl++)";
        if (Run("afl-fuzz", "-h") is null)
            return null;
        why = "the tool sharpfuzz cannot be restored (dotnet tool restore in tests/ML.Robustness.Faults)";
        if (Run("dotnet", "tool", "restore") is not 0)
            return null;
        var program = new InstrumentedProgram();
        foreach (var entry in new DirectoryInfo(AppContext.BaseDirectory).GetFileSystemInfos())
        {
            // The runtime goes by the real place of what is managed; the large libraries can be links.
            var target = program._folder.PathOf(entry.Name);
            if (entry is FileInfo { Length: < 8 << 20 } file)
                file.CopyTo(target);
            else
                File.CreateSymbolicLink(target, entry.FullName);
        }
        foreach (var library in Instrumented)
        {
            if (Run("dotnet", "tool", "run", "sharpfuzz", program._folder.PathOf(library)) is 0)
                continue;
            why = $"sharpfuzz cannot instrument {library}";
            program.Dispose();
            return null;
        }
        return program;
    }

    public void Dispose() => _folder.Dispose();

    private static int? Run(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = System.IO.Path.Combine(Repository.Root, "tests", "ML.Robustness.Faults"),
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            errors.Wait();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}

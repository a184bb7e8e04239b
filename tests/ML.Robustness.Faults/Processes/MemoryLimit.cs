using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Faults.Processes;

/// <summary>Limits the memory of programs, so that a file that claims much ends its reader and not the machine.</summary>
/// <remarks>
/// The managed heap is limited by the runtime, all data of the process by the kernel (<c>ulimit -d</c>). A limit of address space
/// would not do: .NET reserves far more than it uses.
/// </remarks>
internal static class MemoryLimit
{
    private const long MostManaged = 2L << 30, MostData = 4L << 30;
    private const string Program = "/usr/bin/prlimit";

    /// <summary>How to start a program, and what it starts, within the limits.</summary>
    internal static ProcessStartInfo StartOf(string program, params IEnumerable<string> arguments)
    {
        var start = File.Exists(Program)
            ? new ProcessStartInfo(Program,
                [string.Create(CultureInfo.InvariantCulture, $"--data={MostData}"), program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.Environment["DOTNET_GCHeapHardLimit"] = MostManaged.ToString("x", CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = "1";
        return start;
    }
}

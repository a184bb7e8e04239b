using System.Globalization;

namespace ML.Robustness.Faults.Processes;

/// <summary>The memory of processes, as Linux tells it.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status", Forget = "/proc/self/clear_refs";

    /// <summary>The bytes that a process has in memory.</summary>
    internal static long Resident(int id) =>
        Environment.SystemPageSize
        * long.Parse(File.ReadAllText($"/proc/{id}/statm").Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>Begins a new measurement of this process's peak.</summary>
    internal static void ResetPeak()
    {
        if (File.Exists(Forget))
            File.WriteAllText(Forget, "5");
    }

    /// <summary>The peak in bytes since the last reset; 0 where the system does not tell.</summary>
    internal static long Peak()
    {
        if (!File.Exists(Status))
            return 0;
        var line = File.ReadLines(Status).First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}

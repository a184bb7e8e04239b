using System.ComponentModel;
using System.Diagnostics;

namespace ML.Robustness.Benchmarks;

/// <summary>A python3 that has torch, where there is one.</summary>
internal static class Python
{
    /// <summary>Starts a script of this folder; null where no python3 has torch.</summary>
    internal static Process? Start(string script, params object[] arguments)
    {
        if (Pythons().FirstOrDefault(HasTorch) is not { } python)
            return null;
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, script)))
            start.ArgumentList.Add(Convert.ToString(argument, System.Globalization.CultureInfo.InvariantCulture)!);
        return Process.Start(start)!;
    }

    // Debian's python3-torch belongs to Debian's own python3, which need not be the first on the path.
    private static IEnumerable<string> Pythons() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "python3")).Where(File.Exists).Distinct();

    private static bool HasTorch(string python)
    {
        try
        {
            var start = new ProcessStartInfo(python) { RedirectStandardError = true, RedirectStandardOutput = true };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("import torch");
            using var process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

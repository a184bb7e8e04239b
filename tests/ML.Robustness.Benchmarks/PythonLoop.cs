using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Benchmarks;

/// <summary>The plain PyTorch loop of adversarial_training.py in a process of its own: a round for each line it is sent.</summary>
internal sealed class PythonLoop : IDisposable
{
    private readonly Process _process;

    private PythonLoop(Process process) => _process = process;

    internal static PythonLoop? Start(int steps, int threads)
    {
        foreach (var python in Pythons())
        {
            if (!HasTorch(python)) continue;
            var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "adversarial_training.py"), $"{steps}", $"{threads}" }) start.ArgumentList.Add(argument);
            return new PythonLoop(Process.Start(start)!);
        }

        return null;
    }

    /// <summary>Runs one round and gives its images a second.</summary>
    internal double Round()
    {
        _process.StandardInput.WriteLine("round");
        _process.StandardInput.Flush();
        var answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The PyTorch loop ended before its time; what it said stands above.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
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

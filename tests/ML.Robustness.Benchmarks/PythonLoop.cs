using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Benchmarks;

/// <summary>A plain PyTorch loop of this folder in a process of its own: a round for each line it is sent.</summary>
internal sealed class PythonLoop : IDisposable
{
    private readonly Process _process;

    private PythonLoop(Process process) => _process = process;

    /// <summary>Starts a script; null where no python3 on the path has PyTorch.</summary>
    internal static PythonLoop? Start(string script, params string[] arguments)
    {
        foreach (var python in Pythons())
        {
            if (!HasTorch(python)) continue;
            var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach (var argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, script))) start.ArgumentList.Add(argument);
            return new PythonLoop(Process.Start(start)!);
        }

        return null;
    }

    /// <summary>Runs one round and gives the number that the script answers, such as images a second.</summary>
    internal double Round() => double.Parse(Answer(), CultureInfo.InvariantCulture);

    /// <summary>Runs one round and gives the numbers that the script answers.</summary>
    internal double[] Numbers() => Array.ConvertAll(Answer().Split(' '), number => double.Parse(number, CultureInfo.InvariantCulture));

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Answer()
    {
        _process.StandardInput.WriteLine("round");
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The PyTorch loop ended before its time; what it said stands above.");
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

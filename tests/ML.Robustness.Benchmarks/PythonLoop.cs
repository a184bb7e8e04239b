using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Benchmarks;

/// <summary>The plain PyTorch loop of adversarial_training.py in a process of its own: a round for each line it is sent.</summary>
internal sealed class PythonLoop : IDisposable
{
    private readonly Process _process;

    private PythonLoop(Process process) => _process = process;

    internal static PythonLoop? Start(int steps, int threads) =>
        Python.Start("adversarial_training.py", steps, threads) is { } process ? new PythonLoop(process) : null;

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
}

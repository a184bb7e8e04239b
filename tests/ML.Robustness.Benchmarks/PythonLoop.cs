using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Benchmarks;

/// <summary>A plain PyTorch loop of this folder in a process of its own: a round for each line it is sent.</summary>
internal sealed class PythonLoop : IDisposable
{
    private readonly Process _process;

    private PythonLoop(Process process) => _process = process;

    /// <summary>Starts a script; null where no python3 on the path has PyTorch.</summary>
    internal static PythonLoop? Start(string script, params object[] arguments) =>
        Python.Start(script, arguments) is { } process ? new PythonLoop(process) : null;

    /// <summary>Runs one round and gives the number that the script answers, such as images a second.</summary>
    internal double Round() => double.Parse(Answer(), CultureInfo.InvariantCulture);

    /// <summary>Runs one round and gives the numbers that the script answers.</summary>
    internal double[] Numbers() =>
        Array.ConvertAll(Answer().Split(' '), number => double.Parse(number, CultureInfo.InvariantCulture));

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
        return _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("The PyTorch loop ended before its time; what it said stands above.");
    }
}

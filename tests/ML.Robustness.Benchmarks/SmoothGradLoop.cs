using System.Diagnostics;
using System.Globalization;

namespace ML.Robustness.Benchmarks;

/// <summary>SmoothGrad in PyTorch, by smoothgrad.py in a process of its own: a round for each line it is sent.</summary>
internal sealed class SmoothGradLoop : IDisposable
{
    private readonly Process _process;

    private SmoothGradLoop(Process process) => _process = process;

    /// <summary>Starts it; null where no python3 has torch.</summary>
    /// <param name="threads">PyTorch's threads.</param>
    /// <param name="captumFolder">A folder with the package captum; null for a plain loop.</param>
    internal static SmoothGradLoop? Start(int threads, string? captumFolder) =>
        Python.Start("smoothgrad.py", captumFolder is null ? [threads, 1] : [threads, 1, captumFolder]) is { } process ? new SmoothGradLoop(process) : null;

    /// <summary>Runs one round and gives its milliseconds, on the clock and of the processor.</summary>
    internal (double Clock, double Processor) Round()
    {
        _process.StandardInput.WriteLine("round");
        _process.StandardInput.Flush();
        var answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The PyTorch loop ended before its time; what it said stands above.");
        var numbers = Array.ConvertAll(answer.Split(' '), number => double.Parse(number, CultureInfo.InvariantCulture));
        return (numbers[0], numbers[1]);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}

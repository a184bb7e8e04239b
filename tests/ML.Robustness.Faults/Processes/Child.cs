using System.Collections.Concurrent;
using System.Diagnostics;

namespace ML.Robustness.Faults.Processes;

/// <summary>This program as a process of its own, whose memory is limited and watched.</summary>
internal sealed class Child : IDisposable
{
    private const long MostResident = 3L << 30;
    private const int WatchMilliseconds = 20;

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly Timer? _watch;

    private Child(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                _lines.CompleteAdding();
            else
                _lines.Add(line.Data);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                _errors.Enqueue(line.Data);
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (OperatingSystem.IsLinux())
            _watch = new Timer(_ => Watch(), null, WatchMilliseconds, WatchMilliseconds);
    }

    /// <summary>Whether it was killed since it took too much memory.</summary>
    internal bool TookTooMuch { get; private set; }

    internal int ExitCode => _process.ExitCode;

    internal string Errors => string.Join('\n', _errors);

    internal static Child Start(params string[] arguments)
    {
        var start = MemoryLimit.StartOf("dotnet", arguments.Prepend(typeof(Child).Assembly.Location));
        return new Child(new Process { StartInfo = start });
    }

    /// <summary>The next line that it prints; null where it ends, or prints nothing for so long.</summary>
    internal string? ReadLine(TimeSpan patience) => _lines.TryTake(out var line, patience) ? line : null;

    /// <summary>Lets it end by itself; false where it does not in time.</summary>
    internal bool WaitForEnd(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience))
            return false;
        _process.WaitForExit();
        return true;
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _watch?.Dispose();
        _process.Dispose();
        _lines.Dispose();
    }

    private void Watch()
    {
        try
        {
            if (ProcessMemory.Resident(_process.Id) <= MostResident)
                return;
            TookTooMuch = true;
            _process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or IOException)
        {
            // It has ended meanwhile.
        }
    }
}

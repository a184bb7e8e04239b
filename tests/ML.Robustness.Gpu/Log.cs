namespace ML.Robustness.Gpu;

/// <summary>Lines for the console and, where a file is given, for a report.</summary>
internal sealed class Log(string? path) : IDisposable
{
    private readonly StreamWriter? _report = path is null ? null : new StreamWriter(path) { AutoFlush = true };

    /// <summary>Writes a line in the invariant culture.</summary>
    public void Line(FormattableString text)
    {
        var line = FormattableString.Invariant(text);
        Console.WriteLine(line);
        _report?.WriteLine(line);
    }

    public void Dispose() => _report?.Dispose();
}

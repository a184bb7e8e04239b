using ML.Robustness.Faults.Processes;

namespace ML.Robustness.Faults.Interruptions;

/// <summary>A process that does one kind of work.</summary>
internal sealed class WorkChild : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Child _child;

    internal WorkChild(string kind, string path) => _child = Child.Start("work", kind, path);

    /// <summary>Waits until the work begins.</summary>
    internal void AwaitBegin()
    {
        if (_child.ReadLine(Patience) != Work.Ready)
            throw new InvalidOperationException($"The work does not begin: {_child.Errors}");
    }

    /// <summary>Waits for what came of the work: the digest, or what went wrong.</summary>
    internal (string? Digest, string Error) AwaitEnd()
    {
        while (_child.ReadLine(Patience) is { } line)
        {
            if (line.StartsWith(Work.Done, StringComparison.Ordinal))
                return (line[(Work.Done.Length + 1)..], "");
            if (line.StartsWith(Work.Failed, StringComparison.Ordinal))
                return (null, line[(Work.Failed.Length + 1)..]);
        }
        return (null, $"the process ended: {_child.Errors}");
    }

    internal void Kill() => _child.Kill();

    public void Dispose() => _child.Dispose();
}

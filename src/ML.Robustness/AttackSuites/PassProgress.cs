using System.Diagnostics;

namespace ML.Robustness.AttackSuites;

/// <summary>The share of some passes through a network that is done, told once a second at most.</summary>
internal sealed class PassProgress(Action<double>? report)
{
    /// <summary>The share from which more passes than expected are no longer taken for granted not to come.</summary>
    private const double CertainShare = 0.9;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Stopwatch _sinceReported = Stopwatch.StartNew();
    private double _expected = 1;
    private long _passes;

    /// <summary>The passes counted.</summary>
    internal long Passes => _passes;

    /// <summary>Whether a second has gone by since the last report.</summary>
    internal bool IsDue => report is not null && _sinceReported.Elapsed >= Pause;

    /// <summary>The share of the passes expected; more than expected come ever nearer to one.</summary>
    internal double Share
    {
        get
        {
            var share = _passes / _expected;
            return share <= CertainShare
                ? share
                : 1 - (1 - CertainShare) * Math.Exp((CertainShare - share) / (1 - CertainShare));
        }
    }

    /// <summary>Begins to count anew.</summary>
    internal void Begin(double expected) => (_expected, _passes) = (Math.Max(1, expected), 0);

    /// <summary>A report was made: the next is due in a second.</summary>
    internal void Reported() => _sinceReported.Restart();

    /// <summary>Counts a pass that begins.</summary>
    internal void Pass()
    {
        if (IsDue)
        {
            _sinceReported.Restart();
            report!(Share);
        }
        _passes++;
    }
}

using System.Diagnostics;

namespace ML.Robustness.Training;

/// <summary>The elapsed and the estimated remaining time of a run.</summary>
internal sealed class TrainingClock(int epochs)
{
    private readonly Stopwatch _run = Stopwatch.StartNew();
    private readonly Stopwatch _epoch = new();
    private int _epochsTimed;
    private TimeSpan _timed;

    internal TimeSpan Run => _run.Elapsed;

    internal TimeSpan Epoch => _epoch.Elapsed;

    internal void BeginEpoch() => _epoch.Restart();

    internal void EndEpoch()
    {
        _timed += _epoch.Elapsed;
        _epochsTimed++;
    }

    /// <summary>The remaining time when a share of an epoch's training (from 0) is done.</summary>
    internal TimeSpan? RemainingIn(int epoch, double share)
    {
        if (share <= 0) return null;
        var whole = _epochsTimed > 0 ? _timed / _epochsTimed : _epoch.Elapsed / share;
        var rest = whole - _epoch.Elapsed;
        return (rest > TimeSpan.Zero ? rest : TimeSpan.Zero) + whole * (epochs - epoch - 1);
    }

    /// <summary>The remaining time when a number of epochs are done.</summary>
    internal TimeSpan RemainingAfter(int done) => _epochsTimed == 0 ? TimeSpan.Zero : _timed / _epochsTimed * (epochs - done);
}

namespace ML.Robustness.Training;

/// <summary>The results of a training run.</summary>
public sealed record TrainingReport
{
    /// <summary>The reports of all epochs, in order, those from a checkpoint included.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; init; } = [];

    /// <summary>The report of the epoch whose weights the model holds.</summary>
    public required EpochReport Best { get; init; }

    /// <summary>The number of epochs that came from a checkpoint; 0 without one.</summary>
    public int ResumedEpochs { get; init; }

    /// <summary>Whether catastrophic overfitting ended the run.</summary>
    public bool CatastrophicOverfitting => Epochs.Count > 0 && Epochs[^1].CatastrophicOverfitting;

    /// <summary>The duration of this run, without the epochs that came from a checkpoint.</summary>
    public TimeSpan Duration { get; init; }
}

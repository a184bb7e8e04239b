namespace ML.Robustness.Training;

/// <summary>How a run of training went.</summary>
public sealed record TrainingReport
{
    /// <summary>The epochs, in order; those before a resumed checkpoint too.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; init; } = [];

    /// <summary>The epoch whose weights the model holds now.</summary>
    public required EpochReport Best { get; init; }

    /// <summary>The number of epochs that came from a checkpoint; 0 for a run from the start.</summary>
    public int ResumedEpochs { get; init; }

    /// <summary>Whether the objective's guard ended the run because robustness had collapsed.</summary>
    public bool CatastrophicOverfitting => Epochs.Count > 0 && Epochs[^1].CatastrophicOverfitting;

    /// <summary>The time that this run took, without the epochs that came from a checkpoint.</summary>
    public TimeSpan Duration { get; init; }
}

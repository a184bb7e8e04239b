namespace ML.Robustness.Training;

/// <summary>The results of one training epoch.</summary>
public sealed record EpochReport
{
    /// <summary>The number of the epoch, from 1.</summary>
    public int Epoch { get; init; }

    /// <summary>The number of epochs of the run.</summary>
    public int Epochs { get; init; }

    /// <summary>The mean training loss over the epoch's rows.</summary>
    public double Loss { get; init; }

    /// <summary>
    /// The clean accuracy on the validation set, or on the training batches without one; null if the objective uses no clean
    /// inputs.
    /// </summary>
    public double? CleanAccuracy { get; init; }

    /// <summary>
    /// The robust accuracy on the validation set, or on the training batches without one; null without an attack.
    /// </summary>
    public double? RobustAccuracy { get; init; }

    /// <summary>The number of training rows per second, without validation.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>The estimated time until the end of the run.</summary>
    public TimeSpan Remaining { get; init; }

    /// <summary>The learning rate of the last iteration.</summary>
    public double LearningRate { get; init; }

    /// <summary>Whether the weights at the end of this epoch are the best so far; always true without a validation set.</summary>
    public bool IsBest { get; init; }

    /// <summary>Whether catastrophic overfitting was found in this epoch, which ended the run.</summary>
    public bool CatastrophicOverfitting { get; init; }
}

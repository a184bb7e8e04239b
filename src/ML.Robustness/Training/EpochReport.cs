namespace ML.Robustness.Training;

/// <summary>How an epoch of training went.</summary>
public sealed record EpochReport
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; init; }

    /// <summary>All epochs of the run.</summary>
    public int Epochs { get; init; }

    /// <summary>The mean loss of the epoch's rows.</summary>
    public double Loss { get; init; }

    /// <summary>The share of rows classified rightly: of the validation set where there is one, else of the training batches;
    /// null where the objective never looks at clean inputs.</summary>
    public double? CleanAccuracy { get; init; }

    /// <summary>The share of rows classified rightly under attack: of the validation set where there is one, else of the training
    /// batches; null without an attack.</summary>
    public double? RobustAccuracy { get; init; }

    /// <summary>Training rows a second, validation not counted.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>The time that the rest of the run will take, if it goes on as it did.</summary>
    public TimeSpan Remaining { get; init; }

    /// <summary>The learning rate of the last iteration.</summary>
    public double LearningRate { get; init; }

    /// <summary>Whether the weights at the end of this epoch are the best so far; always true without a validation set.</summary>
    public bool IsBest { get; init; }

    /// <summary>Whether the objective's guard found that robustness had collapsed in this epoch, which ended the run.</summary>
    public bool CatastrophicOverfitting { get; init; }
}

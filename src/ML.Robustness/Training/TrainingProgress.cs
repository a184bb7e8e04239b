namespace ML.Robustness.Training;

/// <summary>The progress of training after a batch, and once a second within a long one, for progress bars.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">All epochs of the run.</param>
/// <param name="Batch">The batches done of this epoch's training, or of its validation.</param>
/// <param name="Batches">All batches of this epoch's training, or of its validation.</param>
/// <param name="IsValidation">Whether the batches are those of the validation set.</param>
/// <param name="Share">The share of the whole run that is done, from 0 to 1. It never falls, and moves within a long batch,
/// too.</param>
/// <param name="Loss">The mean loss of the epoch when it was last read, a few times a second; null before the first time.</param>
/// <param name="Remaining">The time that the rest of the run will take, if it goes on as it did; null before the first batch is
/// done.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, long Batch, long Batches, bool IsValidation, double Share,
    double? Loss, TimeSpan? Remaining);

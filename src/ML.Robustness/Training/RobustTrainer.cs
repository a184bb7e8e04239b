using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>A trainer of classifiers by standard or adversarial training, in place.</summary>
/// <remarks>
/// The network is trained where its parameters are: move it to a GPU first. On the processor the same seed, data, settings and
/// threads give the same weights bit for bit, whether the run was unbroken or went on from a checkpoint. On a GPU some
/// kernels add in any order, and layers such as dropout draw from the GPU's own generator, which only the program itself seeds:
/// TorchSharp cannot give its state back.
/// </remarks>
public sealed class RobustTrainer
{

    /// <summary>The objective that training minimises.</summary>
    /// <value>The default is <see cref="StandardObjective"/>.</value>
    public TrainingObjective Objective { get; init; } = new StandardObjective();

    /// <summary>The number of epochs: passes over the training rows.</summary>
    /// <value>1 or more. The default is 10.</value>
    public int Epochs { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 10;

    /// <summary>The number of rows in a batch.</summary>
    /// <value>1 or more. The default is 128.</value>
    public int BatchSize { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 128;

    /// <summary>The seed of row order, augmentation, random starts and the network's own randomness.</summary>
    /// <value>The default is 0.</value>
    public ulong Seed { get; init; }

    /// <summary>The optimiser and its options.</summary>
    /// <value>The default is <see cref="AdamWOptions"/>.</value>
    public TrainingOptimizerOptions Optimizer { get; init; } = new AdamWOptions();

    /// <summary>The learning rate schedule of the run.</summary>
    /// <value>The default is <see cref="LearningRateSchedule.Cosine"/>.</value>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>The moving average of the weights, which is evaluated and kept instead of the last weights.</summary>
    /// <value>The default is null: none.</value>
    public WeightAverage? WeightAverage { get; init; }

    /// <summary>The adversarial weight perturbation (AWP) of each iteration.</summary>
    /// <value>The default is null: none.</value>
    public AdversarialWeightPerturbation? WeightPerturbation { get; init; }

    /// <summary>The augmentation of the training inputs, applied before the attack.</summary>
    /// <value>The default is null: none.</value>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The maximum norm of the gradient over all parameters; larger gradients are scaled down to it.</summary>
    /// <value>Above 0. The default is null: no bound.</value>
    public double? GradientClip { get; init => field = ArgumentChecks.PositiveOrNull(value); }

    /// <summary>The attack by which robust accuracy on the validation set is measured.</summary>
    /// <value>The default is null: PGD of 10 steps under the objective's threat model, or none where the objective has no threat
    /// model.</value>
    public Attack? ValidationAttack { get; init; }

    /// <summary>The path of the checkpoint, written after each epoch, from which an interrupted run resumes.</summary>
    /// <value>The default is null: none.</value>
    public string? CheckpointPath { get; init; }

    /// <summary>
    /// Whether the run resumes from <see cref="CheckpointPath"/> if the file exists; otherwise the file is overwritten.
    /// </summary>
    /// <value>The default is true.</value>
    public bool Resume { get; init; } = true;

    /// <summary>The receiver of a report after each epoch, called on the training thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<EpochReport>? Progress { get; init; }

    /// <summary>The receiver of the progress after each batch, called on the training thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<TrainingProgress>? BatchProgress { get; init; }

    /// <summary>Trains the network.</summary>
    /// <param name="model">
    /// The network, (N, …) to logits (N, classes). At the end it holds the weights of the best epoch by robust accuracy on the
    /// validation set
    /// (clean accuracy without an attack), or of the last epoch without a validation set; its training flags are as before. When
    /// the run fails or is cancelled it holds the weights of that moment.
    /// </param>
    /// <param name="training">The rows to train on.</param>
    /// <param name="validation">The rows to choose the best epoch by; null for none.</param>
    /// <param name="cancellation">Ends the run early; the checkpoint of the last whole epoch stays.</param>
    /// <returns>How the run went.</returns>
    /// <exception cref="ArgumentException">A data set is empty, of one class, or has rows that cannot be trained on; or the
    /// network does not fit it.</exception>
    /// <exception cref="InvalidOperationException">The network fails, the loss is not finite, or the checkpoint is of another
    /// run.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or no checkpoint.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written, or another run is writing it.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingReport Train(Module<Tensor, Tensor> model, LabeledDataset training, LabeledDataset? validation = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        using var recording = new RecordingScope();
        using var run = new TrainingRun(this, model, training, validation, cancellation);
        return run.Run();
    }

    internal Attack? EffectiveValidationAttack =>
        ValidationAttack ?? (Objective.ThreatModel is { } threat ? new ProjectedGradientDescent(threat) { Steps = 10 } : null);
}

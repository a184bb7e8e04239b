using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.AdversarialTraining;

/// <summary>Trains a neural classifier that is robust to adversarial examples.</summary>
/// <remarks>
/// <para>Adversarial training minimises the loss on the worst inputs that an attack finds near each row (Madry et al.,
/// <see href="https://arxiv.org/abs/1706.06083"/>), or one of the other objectives of <see cref="TrainingObjective"/>.</para>
/// <para>Features must be scaled into the range of the threat model, [0, 1] by default: by <c>NormalizeMinMax</c>, or
/// by <c>ExtractPixels</c> with <c>scaleImage: 1 / 255f</c>. Output columns are <c>Score</c>, the probability of each class, and
/// <c>PredictedLabel</c>, a key with the label's values; of <c>ml.BinaryClassification</c> they are <c>Score</c>, the logit of
/// the positive class less that of the negative, <c>Probability</c>, and <c>PredictedLabel</c>, Boolean. The same seed, data,
/// settings and threads give the same weights bit for bit.</para>
/// </remarks>
public sealed partial class AdversarialTrainer : ITrainerEstimator<NeuralClassifierTransformer, Module<Tensor, Tensor>>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly ClassifierKind _kind;
    private int _fits;

    internal AdversarialTrainer(IHostEnvironment environment, Options options, ClassifierKind kind)
    {
        _environment = environment;
        _kind = kind;
        _host = environment.Register("AdversarialTraining");
        _options = options.Copy();
        if (options.Attack is not null && options.Objective is not null)
            throw new ArgumentException(
                $"Options.Attack ({options.Attack}) and Options.Objective ({options.Objective}) are both set. "
                + "Set one of them: an objective brings its own attack.", nameof(options));
        if (options.ValidationSet is not null && options.ValidationFraction > 0)
            throw new ArgumentException(
                "Options.ValidationSet and Options.ValidationFraction are both set. Set one of them.", nameof(options));
    }

    /// <summary>The needs of the trainer: scaled features, no caching.</summary>
    public TrainerInfo Info => Trainers.NeuralNetwork;

    /// <summary>Trains on data.</summary>
    /// <param name="input">Rows of features and labels.</param>
    /// <returns>The trained classifier. The caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that cannot be trained on.</exception>
    /// <exception cref="ArgumentException">
    /// A row lies outside the threat model's range, or the network does not fit the data.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, rows of one class only, or a row without a label or with features that are not finite; or the loss is
    /// no longer finite.
    /// </exception>
    /// <exception cref="IOException">The checkpoint cannot be written.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Options.CancellationToken"/> ended the run.</exception>
    public NeuralClassifierTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(ColumnShapes.Of(input.Schema));
        using var channel = _host.Start("Training");
        var device = ComputeDevice.Choose(_environment, channel);
        var seed = _options.Seed ?? Environments.SeedFor(_environment, _host);
        var features = FeatureColumn.Resolve(input.Schema, _options.FeatureColumnName, _options.InputShape);
        var label = LabelColumn.Resolve(input.Schema, _options.LabelColumnName);
        if (_kind == ClassifierKind.Binary)
            label.CheckBinary(input.Schema);

        using var rows = TrainingRows.Read(input, features, label, _options, _kind, seed);
        var (architecture, network) = StartingNetwork.Make(_options, features, rows, _options.Architecture
            ?? DefaultArchitecture(features.Shape), seed);
        try
        {
            new TrainingWarnings(channel, _options, features, Objective.ThreatModel).Check(rows, network);
            Train(network.to(device), rows, seed, channel);
            _fits++;
            return new NeuralClassifierTransformer(
                _host, features, rows.KeyValues, rows.Training.Classes, _kind, architecture, network, device);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The columns of scored data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and those that the classifier adds.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that cannot be trained on.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Check(inputSchema);
        return ClassifierColumns.ShapeFor(inputSchema, _options.LabelColumnName, _kind);
    }

    private TrainingObjective Objective => _options.Objective ?? new AdversarialObjective(_options.Attack ?? DefaultAttack());

    /// <summary>Each finished fit of this trainer, such as a fold of <c>CrossValidate</c>, has a file of its own.</summary>
    private string? CheckpointPath => _options.CheckpointPath is { } path && _fits > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{path}.{_fits + 1}")
        : _options.CheckpointPath;

    private void Check(SchemaShape inputSchema)
    {
        FeatureColumn.Check(inputSchema, _options.FeatureColumnName);
        LabelColumn.Check(inputSchema, _options.LabelColumnName);
    }

    private void Train(Module<Tensor, Tensor> network, TrainingRows rows, ulong seed, IChannel channel)
    {
        var defaults = new RobustTrainer();
        var trainer = new RobustTrainer
        {
            Objective = Objective,
            Epochs = _options.Epochs,
            BatchSize = _options.BatchSize,
            Seed = seed,
            Optimizer = _options.Optimizer ?? defaults.Optimizer,
            Schedule = _options.Schedule ?? defaults.Schedule,
            WeightAverage = _options.WeightAverage,
            WeightPerturbation = _options.WeightPerturbation,
            Augmentation = _options.Augmentation,
            GradientClip = _options.GradientClip,
            ValidationAttack = _options.ValidationAttack,
            CheckpointPath = CheckpointPath,
            Progress = new EpochLog(channel, _options.Progress),
            BatchProgress = _options.BatchProgress,
        };
        trainer.Train(network, rows.Training, rows.Validation, _options.CancellationToken);
    }

    private static ProjectedGradientDescent DefaultAttack() => new(ThreatModel.LInf(8 / 255.0)) { Steps = 7 };

    private static ModelArchitecture DefaultArchitecture(InputShape shape) =>
        shape.IsImage ? ModelArchitecture.ConvNet() : ModelArchitecture.MultilayerPerceptron(64, 64);
}

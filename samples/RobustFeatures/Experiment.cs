using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.RobustFeatureDataset;
using Samples.Shared;

namespace RobustFeatures;

/// <summary>Trains networks, creates feature data sets, and measures accuracies.</summary>
internal sealed class Experiment(MLContext ml, ExperimentSettings settings, Images images, SampleSettings sample)
{
    private readonly HashSet<string> _checkpoints = [];

    public TrainingObjective AdversarialObjective =>
        new AdversarialObjective(new ProjectedGradientDescent(settings.Training) { Steps = 5 });

    public NeuralClassifierTransformer Train(
        string name,
        IDataView rows,
        TrainingObjective objective,
        int seed,
        int? epochs = null,
        ModelArchitecture? network = null)
    {
        // An interrupted run goes on: a training from its last epoch, a finished one at once.
        var checkpoint = sample.StateOf(
            $"{settings.Name}-{name}-{seed}", settings, objective, epochs ?? settings.Epochs, network ?? settings.Network,
            rows.GetRowCount() ?? 0);
        _checkpoints.Add(checkpoint);
        return ProgressBars.Show(bars => ml.MulticlassClassification.Trainers.AdversarialTraining(
            new AdversarialTrainer.Options
            {
                Architecture = network ?? settings.Network,
                Objective = objective,
                // At twice this rate adversarial training ends, for some seeds, with units that are always zero.
                Optimizer = new AdamWOptions { LearningRate = objective is StandardObjective ? 3e-3 : 1.5e-3 },
                Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
                Epochs = epochs ?? settings.Epochs,
                BatchSize = 64,
                Seed = (ulong)seed,
                CheckpointPath = checkpoint,
                BatchProgress = bars.Training($"{name}, seed {seed}"),
                CancellationToken = sample.Cancellation,
            }).Fit(rows));
    }

    /// <summary>Deletes what an interrupted run would have gone on from.</summary>
    public void Finish()
    {
        foreach (var checkpoint in _checkpoints)
            File.Delete(checkpoint);
    }

    /// <summary>Creates a feature data set, or takes the one that an earlier run finished or began.</summary>
    public IDataView CreateFeatureDataset(FeatureDatasetKind kind, ITransformer classifier, ITransformer[] ensemble)
    {
        using var step = ml.Transforms.RobustFeatureDataset(Options(kind, classifier, ensemble)).Fit(images.Train);
        var path = sample.PathOf($"{settings.Name}-{kind}.features");
        ProgressBars.Show(bars =>
        {
            ml.Data.SaveFeatureDataset(step.Transform(images.Train), path, new FeatureDatasetFileOptions
            {
                Step = step,
                Source = images.Train,
                KeepFinished = true,
                Progress = bars.FeatureDataset($"creating {kind}"),
                CancellationToken = sample.Cancellation,
            });
            return path;
        });
        return ml.Data.LoadFeatureDataset(path);
    }

    public (double Clean, double Robust) Measure(ITransformer network) => ProgressBars.Show(bars =>
    {
        var attack = new ProjectedGradientDescent(settings.Evaluation) { Steps = 20 };
        var metrics = ml.MulticlassClassification.EvaluateRobustness(
            network, images.Test, attack, progress: bars.Evaluation($"{attack}"), cancellation: sample.Cancellation);
        return (metrics.CleanAccuracy, metrics.RobustAccuracy);
    });

    private RobustFeatureDatasetEstimator.Options Options(
        FeatureDatasetKind kind, ITransformer classifier, ITransformer[] ensemble)
    {
        var matches = kind is FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust;
        var options = new RobustFeatureDatasetEstimator.Options
        {
            Kind = kind,
            Classifier = classifier,
            Seed = 1,
            CancellationToken = sample.Cancellation,
        };
        if (matches)
            (options.Steps, options.StepSize) = (settings.MatchingSteps, settings.MatchingStepSize);
        else if (kind != FeatureDatasetKind.MislabeledOnly)
            options.ThreatModel = settings.Perturbation;
        if (!matches && kind is not (FeatureDatasetKind.LeakageControl or FeatureDatasetKind.MislabeledOnly))
            options.Steps = settings.TargetedSteps;
        if (kind == FeatureDatasetKind.NonTransferable)
            options.Ensemble = ensemble;
        return options;
    }
}

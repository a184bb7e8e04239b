using HardenClassifier;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.RobustFeatureDataset;

namespace RobustFeatures;

/// <summary>Trains networks, constructs sets, and measures what was learned.</summary>
internal sealed class Lab(MLContext ml, Plan plan, Images images, string output, CancellationToken cancellation)
{
    public TrainingObjective Hardening => new AdversarialObjective(new ProjectedGradientDescent(plan.Hardening) { Steps = 5 });

    public NeuralClassifierTransformer Train(string name, IDataView rows, TrainingObjective objective, int seed, int? epochs = null, ModelArchitecture? network = null) =>
        Bars.Show(bars => ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = network ?? plan.Network,
            Objective = objective,
            // At twice this rate hardening ends, for some seeds, with units that answer to nothing.
            Optimizer = new AdamWOptions { LearningRate = objective is StandardObjective ? 3e-3 : 1.5e-3 },
            Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
            Epochs = epochs ?? plan.Epochs,
            BatchSize = 64,
            Seed = (ulong)seed,
            BatchProgress = bars.Training($"{name}, seed {seed}"),
            CancellationToken = cancellation,
        }).Fit(rows));

    /// <summary>Constructs a set, or takes the one that an earlier run finished or began.</summary>
    public IDataView Construct(FeatureDatasetKind kind, ITransformer classifier, ITransformer[] ensemble)
    {
        var matches = kind is FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust;
        var options = new RobustFeatureDatasetEstimator.Options { Kind = kind, Classifier = classifier, Seed = 1, CancellationToken = cancellation };
        if (matches)
            (options.Steps, options.StepSize) = (plan.MatchingSteps, plan.MatchingStepSize);
        else if (kind != FeatureDatasetKind.MislabeledOnly)
            options.ThreatModel = plan.Perturbation;
        if (!matches && kind is not (FeatureDatasetKind.LeakageControl or FeatureDatasetKind.MislabeledOnly))
            options.Steps = plan.TargetedSteps;
        if (kind == FeatureDatasetKind.NonTransferable)
            options.Ensemble = ensemble;
        using var step = ml.Transforms.RobustFeatureDataset(options).Fit(images.Train);
        var path = Path.Combine(output, $"{plan.Name}-{kind}.features");
        Bars.Show(bars =>
        {
            ml.Data.SaveFeatureDataset(step.Transform(images.Train), path, new FeatureDatasetFileOptions
            {
                Step = step,
                Source = images.Train,
                KeepFinished = true,
                Progress = bars.Construction($"constructing {kind}"),
                CancellationToken = cancellation,
            });
            return path;
        });
        return ml.Data.LoadFeatureDataset(path);
    }

    public (double Clean, double Robust) Measure(ITransformer network) => Bars.Show(bars =>
    {
        var attack = new ProjectedGradientDescent(plan.Evaluation) { Steps = 20 };
        var metrics = ml.MulticlassClassification.EvaluateRobustness(network, images.Test, attack, progress: bars.Evaluation($"{attack}"), cancellation: cancellation);
        return (metrics.CleanAccuracy, metrics.RobustAccuracy);
    });
}

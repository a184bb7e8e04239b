using System.Diagnostics;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using Samples.Shared;

namespace PretrainedNetwork;

/// <summary>Trains the classifiers, or loads what an earlier run trained, and attacks them.</summary>
internal sealed class Experiment(MLContext ml, ExperimentSettings settings, Images images, SampleSettings sample)
{
    private readonly List<string> _unfinished = [];

    /// <summary>The pretrained network with a head of ordinary training.</summary>
    public TrainedClassifier TrainHead(ProgressBars bars) =>
        LoadOrTrain("head", "head", "logistic regression on the features", 0, _ =>
            PretrainedResNet.ToClassifier(ml, LinearHead.Train(
                ml, images.Train, bars.Evaluation("features of the training images"), sample.Cancellation)));

    /// <summary>The classifier with its head trained further, on adversarial examples.</summary>
    public TrainedClassifier FineTuneHead(TrainedClassifier start, ProgressBars bars) =>
        FineTune("head, adversarially", "adversarial-head", start, PretrainedResNet.IsOfHead, 3e-3, bars);

    /// <summary>The classifier with its head and its last stage trained further, on adversarial examples.</summary>
    public TrainedClassifier FineTuneLastStage(TrainedClassifier start, ProgressBars bars)
    {
        var stage = PretrainedResNet.LastStage(start.Classifier.Network);
        return FineTune("last stage, adversarially", "adversarial-last-stage", start,
            name => PretrainedResNet.IsOfHead(name) || stage.Contains(name), 3e-4, bars);
    }

    /// <summary>The clean accuracy, and the robust accuracy after each of some attacks.</summary>
    public RobustnessMetrics Attack(TrainedClassifier model, ProgressBars bars) =>
        ml.MulticlassClassification.EvaluateRobustness(model.Classifier, images.Test, new RobustnessOptions
        {
            ThreatModel = settings.ThreatModel,
            Suite = threat => new AttackSuite(
                new ProjectedGradientDescent(threat) { Steps = 20 },
                new AutoProjectedGradientDescent(threat) { Steps = settings.Steps },
                new AutoProjectedGradientDescent(threat) { Steps = settings.Steps, Targets = 3 },
                new SquareAttack(threat) { Queries = settings.Queries }),
            BatchSize = 32,
            // Square needs no gradients: if it broke many images that the others left, gradients would be masked.
            CheckForGradientMasking = false,
            StatePath = StateOf(model),
            Progress = bars.Suite(model.Name),
            CancellationToken = sample.Cancellation,
        });

    /// <summary>Rows of test data: the first of each class that both classifiers are right about.</summary>
    public IDataView FirstOfEachClass(RobustnessMetrics first, RobustnessMetrics second) => CifarImages.Pick(ml, images.Test,
        first.Report.RowResults.Zip(second.Report.RowResults)
            .Select((pair, row) => (pair.First.Label, Both: pair.First.IsCorrect && pair.Second.IsCorrect, row))
            .Where(entry => entry.Both).DistinctBy(entry => entry.Label).OrderBy(entry => entry.Label)
            .Select(entry => entry.row));

    /// <summary>Deletes the attacks' results, which an interrupted run goes on from.</summary>
    public void Finish()
    {
        foreach (var path in _unfinished)
            File.Delete(path);
    }

    private TrainedClassifier FineTune(
        string name, string file, TrainedClassifier start, Func<string, bool> isTrained, double learningRate, ProgressBars bars)
    {
        var objective = new AdversarialObjective(
            new ProjectedGradientDescent(settings.ThreatModel) { Steps = settings.TrainSteps });
        var text = $"{objective}, learning rate {learningRate}, after: {start.Training.Objective}";
        return LoadOrTrain(name, file, text, settings.Epochs, checkpoint =>
            ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
            {
                StartingFrom = start.Classifier,
                IsTrained = isTrained,
                Objective = objective,
                Optimizer = new AdamWOptions { LearningRate = learningRate },
                Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
                Epochs = settings.Epochs,
                BatchSize = 32,
                CheckpointPath = checkpoint,
                BatchProgress = bars.Training(name),
                CancellationToken = sample.Cancellation,
            }).Fit(images.Train));
    }

    private string StateOf(TrainedClassifier model)
    {
        var path = sample.StateOf("attacks", model.Training.Identity(), settings);
        _unfinished.Add(path);
        return path;
    }

    private TrainedClassifier LoadOrTrain(
        string name, string file, string objective, int epochs, Func<string, NeuralClassifierTransformer> train)
    {
        var wanted = new ModelDescription(
            images.Source, images.TrainRows, objective, settings.Epsilon, epochs, "", ModelDescription.CurrentLibrary);
        var path = sample.PathOf($"{file}.zip");
        if (ModelDescription.Read(path) is { } found && found.IsSameTraining(wanted))
            return new TrainedClassifier(name, (NeuralClassifierTransformer)ml.Model.Load(path, out _), found);
        var watch = Stopwatch.StartNew();
        var checkpoint = sample.StateOf(file, wanted);
        var trained = train(checkpoint);
        var description = wanted with { Device = $"{trained.Device}", TrainSeconds = watch.Elapsed.TotalSeconds };
        ModelDescription.Remove(path);
        ml.Model.SaveAtomically(trained, images.Train.Schema, path);
        description.Write(path);
        File.Delete(checkpoint);
        return new TrainedClassifier(name, trained, description);
    }
}

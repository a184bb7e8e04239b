using System.Diagnostics;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;

namespace Samples.Shared;

/// <summary>
/// The two classifiers of the samples, standard and adversarially trained: loaded where they fit, else trained and saved.
/// </summary>
/// <param name="ml">The context.</param>
/// <param name="settings">The sample's settings.</param>
/// <param name="images">The data.</param>
/// <param name="epochs">The number of passes over the training rows; null for 5 with drawn digits, 4 with other data.</param>
public sealed class SampleClassifiers(MLContext ml, SampleSettings settings, Images images, int? epochs = null)
{
    /// <summary>The file of the standard classifier.</summary>
    public const string StandardFile = "standard.zip";

    /// <summary>The file of the adversarially trained classifier.</summary>
    public const string AdversarialFile = "adversarial.zip";

    /// <summary>The number of passes over the training rows.</summary>
    public int Epochs { get; } = epochs ?? (settings.DataFolder is null ? 5 : 4);

    /// <summary>The classifier of standard training.</summary>
    public (ITransformer Model, ModelDescription Training) Standard(ProgressBars bars) =>
        LoadOrTrain(StandardFile, "standard", new StandardObjective(), 0, bars);

    /// <summary>The classifier of adversarial training with PGD-7 within the settings' threat model.</summary>
    public (ITransformer Model, ModelDescription Training) AdversariallyTrained(ProgressBars bars)
    {
        var attack = new ProjectedGradientDescent(settings.ThreatModel) { Steps = 7 };
        return LoadOrTrain(AdversarialFile, "adversarially trained", new AdversarialObjective(attack), settings.Epsilon, bars);
    }

    private (ITransformer Model, ModelDescription Training) LoadOrTrain(
        string file, string name, TrainingObjective objective, double epsilon, ProgressBars bars)
    {
        var wanted = new ModelDescription(
            images.Source, images.TrainRows, $"{objective}", epsilon, Epochs, "", ModelDescription.CurrentLibrary);
        var (path, found) = settings.ModelsFolder is { } given ? Given(Path.Combine(given, file), wanted) : Find(file, wanted);
        if (found is null)
        {
            path = settings.PathOf(file);
            found = Train(path, wanted, name, objective, bars);
        }

        return (ml.Model.Load(path, out _), found);
    }

    /// <summary>A model of the folder that the user named must have been trained on the same data and radius.</summary>
    private static (string Path, ModelDescription Found) Given(string path, ModelDescription wanted)
    {
        var found = ModelDescription.Read(path);
        return found is not null && found.HasSameDataAndRadius(wanted) ? (path, found) : throw new InvalidDataException(
            $"{path} does not fit: expected a model and beside it its description, {wanted.Objective} on {wanted.Source}, "
            + $"got {(found is null ? "none" : $"{found.Objective} on {found.Source}")}. "
            + "Run HardenClassifier with the same --data and --epsilon, or leave out --models.");
    }

    /// <summary>
    /// A model that is there already, of this sample or of HardenClassifier, is taken where training would give the same one.
    /// </summary>
    private (string Path, ModelDescription? Found) Find(string file, ModelDescription wanted)
    {
        foreach (var path in new[] { settings.PathOf(file), Path.Combine(settings.SharedFolder, file) })
        {
            if (ModelDescription.Read(path) is { } found && found.IsSameTraining(wanted))
                return (path, found);
        }

        return ("", null);
    }

    private ModelDescription Train(
        string path, ModelDescription wanted, string name, TrainingObjective objective, ProgressBars bars)
    {
        // The pipeline is the same for both models; only what training minimises differs.
        var checkpoint = settings.StateOf(Path.GetFileName(path), wanted);
        var pipeline = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Objective = objective,
            Optimizer = new AdamWOptions { LearningRate = 3e-3 },
            Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
            Epochs = Epochs,
            CheckpointPath = checkpoint,
            BatchProgress = bars.Training(name),
            CancellationToken = settings.Cancellation,
        }).Append(ml.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"));

        var watch = Stopwatch.StartNew();
        using var trained = pipeline.Fit(images.Train);
        var device = trained.OfType<NeuralClassifierTransformer>().Single().Device;
        ModelDescription.Remove(path);
        ml.Model.SaveAtomically(trained, images.Train.Schema, path);
        var description = wanted with { Device = $"{device}", TrainSeconds = watch.Elapsed.TotalSeconds };
        description.Write(path);
        File.Delete(checkpoint);
        return description;
    }
}

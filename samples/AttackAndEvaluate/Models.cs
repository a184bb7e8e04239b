using HardenClassifier;
using Microsoft.ML;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;

namespace AttackAndEvaluate;

/// <summary>The classifiers of a sample: loaded from a folder, or trained first and kept in another.</summary>
internal sealed record Models(MLContext ML, IDataView Train, DirectoryInfo? Given, string Output, CancellationToken Cancellation)
{
    public ITransformer Load(string name, TrainingObjective objective, Bars bars)
    {
        var path = Path.Combine(Given?.FullName ?? Output, $"{name}.zip");
        if (Given is null)
        {
            using var trained = ML.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
            {
                Objective = objective,
                Optimizer = new AdamWOptions { LearningRate = 3e-3 },
                Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
                Epochs = 4,
                BatchProgress = bars.Training(name),
                CancellationToken = Cancellation,
            }).Fit(Train);
            ML.Model.SaveAtomically(trained, Train.Schema, path);
        }
        return ML.Model.Load(path, out _);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.RobustFeatureDataset;
using Samples.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>
/// The pipeline's steps on one classifier, trained on the processor, saved, and loaded where the findings' device is.
/// </summary>
internal static class PipelineChecks
{
    private const int Rows = 200;
    private static readonly Lazy<string> Trained = new(() =>
    {
        var ml = new MLContext(seed: 1);
        var path = Path.GetTempFileName();
        Save(ml, Trainer(ml).Fit(ml.Data.GenerateDigits(600)), path);
        return path;
    });

    private static readonly ProjectedGradientDescent Attack = new(ThreatModel.LInf(0.1)) { Steps = 5 };

    public static IEnumerable<Check> All()
    {
        yield return new("pipeline", "training, saved and loaded", Train, 0.1);
        yield return new("pipeline", "scores of a loaded classifier", found => Use(
            found, (_, model, data) => Keep(found, model.Transform(data), "Score")), 1e-3);
        yield return new("pipeline", "PgdAugment", found => Use(found, (ml, model, data) => Step(
            found, ml, ml.Transforms.PgdAugment(model, attack: Attack), data, "Adversarial")), 0.02, 0.03);
        yield return new("pipeline", "PgdAugmentRows", found => Use(found, (ml, model, data) => Step(
            found, ml, ml.Transforms.PgdAugmentRows(model, attack: Attack), data, "Features")), 0.02, 0.03);
        AttributionMethod[] methods = [new Saliency(), new IntegratedGradients(), new GradCam(), new Occlusion()];
        foreach (var method in methods)
        {
            yield return new("pipeline", $"SmoothGradExplain, {method}", found => Use(found, (ml, model, data) => Step(
                found, ml, ml.Transforms.SmoothGradExplain(new() { Classifier = model, Method = method, Samples = 5 }),
                ml.Data.TakeRows(data, 40), "Explanation")), 1e-2, 0.01);
        }

        foreach (var kind in Enum.GetValues<FeatureDatasetKind>())
        {
            yield return new("pipeline", $"RobustFeatureDataset, {kind}", found => Use(
                found, (ml, model, data) => Construct(found, ml, model, data, kind)), 0.02, 0.03);
        }

        yield return new("pipeline", "EvaluateRobustness", found => Use(found, Evaluate(found)), 0.02, 0.03);
    }

    private static AdversarialTrainer Trainer(MLContext ml) => ml.MulticlassClassification.Trainers.AdversarialTraining(new()
    {
        Objective = new AdversarialObjective(Attack),
        Architecture = ModelArchitecture.ConvNet(8, 32),
        Epochs = 3,
    });

    private static MLContext Context(Device device) => new(seed: 1)
    {
        GpuDeviceId = device.type == DeviceType.CUDA ? device.index : null,
        FallbackToCpu = false,
    };

    private static void Save(MLContext ml, ITransformer model, string path)
    {
        ml.Model.SaveAtomically(model, ml.Data.GenerateDigits(1).Schema, path);
        (model as IDisposable)?.Dispose();
    }

    private static void Train(Findings found)
    {
        var ml = Context(found.Device);
        var (data, path) = (ml.Data.GenerateDigits(Rows, seed: 2), Path.GetTempFileName());
        var model = Trainer(ml).Fit(ml.Data.GenerateDigits(600));
        CheckDevice(found, model);
        found.Add("accuracy", [ml.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy]);
        var before = Values(model.Transform(data), "Score");
        Save(ml, model, path);
        using var loaded = (NeuralClassifierTransformer)ml.Model.Load(path, out _);
        CheckDevice(found, loaded);
        var after = Values(loaded.Transform(data), "Score");
        found.AddVerdicts("equal after loading", [before.SequenceEqual(after) ? 1 : 0]);
        // A file from a GPU is read where there is none.
        using var elsewhere = (NeuralClassifierTransformer)new MLContext().Model.Load(path, out _);
        var isClose = Values(elsewhere.Transform(data), "Score").Zip(after)
            .All(pair => Math.Abs(pair.First - pair.Second) < 1e-3);
        found.AddVerdicts("close on the processor", [isClose ? 1 : 0]);
        File.Delete(path);
    }

    private static void Use(Findings found, Action<MLContext, NeuralClassifierTransformer, IDataView> use)
    {
        var ml = Context(found.Device);
        using var model = (NeuralClassifierTransformer)ml.Model.Load(Trained.Value, out _);
        CheckDevice(found, model);
        use(ml, model, ml.Data.GenerateDigits(Rows, seed: 2));
    }

    private static void Step(Findings found, MLContext ml, IEstimator<ITransformer> step, IDataView data, string column)
    {
        var fitted = step.Fit(data);
        Keep(found, fitted.Transform(data), column);
        var path = Path.GetTempFileName();
        var before = Values(fitted.Transform(data), column);
        ml.Model.SaveAtomically(fitted, data.Schema, path);
        var loaded = ml.Model.Load(path, out _);
        File.Delete(path);
        found.AddVerdicts("equal after loading", [before.SequenceEqual(Values(loaded.Transform(data), column)) ? 1 : 0]);
        (loaded as IDisposable)?.Dispose();
    }

    private static void Construct(
        Findings found, MLContext ml, NeuralClassifierTransformer model, IDataView data, FeatureDatasetKind kind)
    {
        var isFree = kind is FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust or FeatureDatasetKind.MislabeledOnly;
        using var other = (NeuralClassifierTransformer)ml.Model.Load(Trained.Value, out _);
        using var step = ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
        {
            Kind = kind,
            Classifier = model,
            Ensemble = kind == FeatureDatasetKind.NonTransferable ? [other] : [],
            ThreatModel = isFree ? null : ThreatModel.L2(1),
            Steps = kind is FeatureDatasetKind.LeakageControl or FeatureDatasetKind.MislabeledOnly ? null : 10,
        }).Fit(data);
        Keep(found, step.Transform(data), "Features");
    }

    private static Action<MLContext, NeuralClassifierTransformer, IDataView> Evaluate(Findings found) => (ml, model, data) =>
    {
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, data, new RobustnessOptions
        {
            ThreatModel = Attack.ThreatModel,
            Suite = threat => new AttackSuite(
                new ProjectedGradientDescent(threat) { Steps = 5 }, new SquareAttack(threat) { Queries = 50 }),
            Epsilons = [0.05, 0.1],
        });
        found.Add("accuracies", [metrics.CleanAccuracy, metrics.RobustAccuracy]);
    };

    private static void CheckDevice(Findings found, NeuralClassifierTransformer model)
    {
        var weights = model.Network.parameters().Select(weight => weight.device);
        if (weights.Append(model.Device).Any(device => device.ToString() != found.Device.ToString()))
            found.Strays.Add($"classifier on {model.Device}");
    }

    private static void Keep(Findings found, IDataView view, string column) =>
        found.Add(column, Values(view, column).Select(value => (double)value));

    private static float[] Values(IDataView view, string column) => [.. view.GetColumn<float[]>(column).SelectMany(row => row)];
}

using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The format of a step in a model file: one header, and one stream of weights and initial rows.</summary>
internal static class FeatureDatasetParametersFormat
{
    private static readonly ModelSection Section =
        new("RBFEATDS", RobustFeatureDatasetTransformer.LoaderSignature, SavedClassifier.Version);

    internal static void Save(ModelSaveContext context, FeatureDatasetParameters parameters, Action<BinaryWriter> header)
    {
        using var use = parameters.Use();
        NeuralClassifierTransformer[] classifiers = [parameters.Classifier, .. parameters.Ensemble.Others];
        Section.Save(context,
            writer =>
            {
                header(writer);
                parameters.Settings.Write(writer);
                writer.Write(parameters.Features.Name);
                writer.Write(parameters.LabelColumnName);
                writer.Write(parameters.Seed);
                writer.Write(parameters.Starts?.Inputs.shape[0] ?? 0);
                writer.Write(classifiers.Length);
                foreach (var classifier in classifiers)
                    SavedClassifier.Of(classifier).Write(writer);
            },
            stream =>
            {
                foreach (var classifier in classifiers)
                    classifier.WriteWeights(stream);
                parameters.Starts?.Write(stream);
            });
    }

    internal static FeatureDatasetParameters Load(IHostEnvironment env, ModelLoadContext context, Action<CheckedReader> header)
    {
        FeatureDatasetOptions settings = null!;
        var (features, label, seed, starts) = ("", "", 0UL, 0L);
        SavedClassifier[] saved = [];
        var classifiers = new List<NeuralClassifierTransformer>();
        InitialRows? rows = null;
        try
        {
            Section.Load(context,
                reader =>
                {
                    header(reader);
                    settings = FeatureDatasetOptions.Read(reader);
                    (features, label, seed, starts) = (reader.ReadString(), reader.ReadString(), reader.ReadUInt64(),
                        reader.ReadInt64());
                    saved = new SavedClassifier[
                        reader.ReadCount("classifiers", SavedClassifier.LeastLength, FileLimits.Classifiers)];
                    if (saved.Length == 0 || starts is < 0 or 1 or > int.MaxValue)
                        throw new InvalidDataException($"it has {saved.Length} classifiers and {starts} initial rows");
                    for (var i = 0; i < saved.Length; i++)
                        saved[i] = SavedClassifier.Read(reader);
                },
                stream =>
                {
                    foreach (var classifier in saved)
                        classifiers.Add(classifier.Restore(env, stream));
                    if (starts > 0)
                        rows = InitialRows.Read(stream, saved[0].Features.Shape.Batch(starts),
                            saved[0].Features.IsBytes ? ScalarType.Byte : ScalarType.Float32);
                });
            var ensemble = new ClassifierEnsemble(classifiers[0], classifiers[1..], IsOwned: true);
            return Section.Combine(ensemble, () =>
            {
                foreach (var other in ensemble.Others)
                    ClassifierEnsemble.Check(ensemble.Classifier, other);
                settings.ThreatModel?.CheckRows(ensemble.Classifier.Features.Shape.Length, "a row of the classifier",
                    nameof(settings));
                if (settings.MatchesFeatures != rows is not null
                    || (settings.Kind == FeatureDatasetKind.NonTransferable) != ensemble.Others.Count > 0)
                    throw new ArgumentException(
                        $"the kind {settings.Kind} has {starts} initial rows and {ensemble.Others.Count} other classifiers");
                return new FeatureDatasetParameters(ensemble, settings, ensemble.Classifier.Features with { Name = features },
                    label, seed, rows, CancellationToken.None);
            });
        }
        catch
        {
            classifiers.ForEach(classifier => classifier.Dispose());
            rows?.Dispose();
            throw;
        }
    }
}

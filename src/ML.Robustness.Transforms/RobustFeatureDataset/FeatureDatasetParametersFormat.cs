using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.FeatureDatasets;
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
                    SavedClassifier.Of(classifier).Write(writer, Section.Version);
            },
            stream =>
            {
                foreach (var classifier in classifiers)
                    classifier.WriteWeights(stream);
                parameters.Starts?.Write(stream);
            });
    }

    internal static FeatureDatasetParameters Load(IHostEnvironment env, ModelLoadContext context, Action<BinaryReader> header)
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
                    saved = new SavedClassifier[reader.ReadInt32()];
                    for (var i = 0; i < saved.Length; i++)
                        saved[i] = SavedClassifier.Read(reader, ModelSection.VersionOf(context));
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
            return new FeatureDatasetParameters(ensemble, settings, ensemble.Classifier.Features with { Name = features }, label,
                seed, rows, CancellationToken.None);
        }
        catch
        {
            classifiers.ForEach(classifier => classifier.Dispose());
            rows?.Dispose();
            throw;
        }
    }
}

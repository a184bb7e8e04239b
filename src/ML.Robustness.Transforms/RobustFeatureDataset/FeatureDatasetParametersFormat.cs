using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Layers;
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

    /// <summary>Reads what <see cref="Save"/> wrote. The result owns the classifiers and the initial rows.</summary>
    /// <param name="env">The environment.</param>
    /// <param name="context">The model file.</param>
    /// <param name="header">Reads what is written before the parameters, and tells what to make of both.</param>
    internal static T Load<T>(
        IHostEnvironment env, ModelLoadContext context, Func<CheckedReader, Func<FeatureDatasetParameters, T>> header)
    {
        var (read, weights) = Section.Load(context,
            reader => (Make: header(reader), Saved: SavedParameters.Read(reader)),
            (read, stream) => read.Saved.Restore(env, stream));
        return Section.Combine(weights, () => read.Make(read.Saved.Parameters(weights)));
    }

    /// <summary>The content of a header.</summary>
    private sealed record SavedParameters(
        FeatureDatasetOptions Settings, string Features, string Label, ulong Seed, long Starts, SavedClassifier[] Classifiers)
    {
        internal static SavedParameters Read(CheckedReader reader)
        {
            var settings = FeatureDatasetOptions.Read(reader);
            var (features, label, seed, starts) = (reader.ReadString(), reader.ReadString(), reader.ReadUInt64(),
                reader.ReadInt64());
            var saved = new SavedClassifier[
                reader.ReadCount("classifiers", SavedClassifier.LeastLength, FileLimits.Classifiers)];
            if (saved.Length == 0 || starts is < 0 or 1 or > int.MaxValue)
                throw new InvalidDataException($"it has {saved.Length} classifiers and {starts} initial rows");
            for (var i = 0; i < saved.Length; i++)
                saved[i] = SavedClassifier.Read(reader);
            return new SavedParameters(settings, features, label, seed, starts, saved);
        }

        internal RestoredWeights Restore(IHostEnvironment env, Stream stream)
        {
            var classifiers = new List<NeuralClassifierTransformer>();
            try
            {
                foreach (var classifier in Classifiers)
                    classifiers.Add(classifier.Restore(env, stream));
                var features = Classifiers[0].Features;
                var rows = Starts == 0 ? null : InitialRows.Read(
                    stream, features.Shape.Batch(Starts), features.IsBytes ? ScalarType.Byte : ScalarType.Float32);
                return new RestoredWeights(new ClassifierEnsemble(classifiers[0], classifiers[1..], IsOwned: true), rows);
            }
            catch
            {
                classifiers.ForEach(classifier => classifier.Dispose());
                throw;
            }
        }

        internal FeatureDatasetParameters Parameters(RestoredWeights weights)
        {
            var (ensemble, rows) = weights;
            foreach (var other in ensemble.Others)
                ClassifierEnsemble.Check(ensemble.Classifier, other);
            if (Settings.Layer is { } layer)
                LayerNames.Find(ensemble.Classifier.Network, layer);
            Settings.ThreatModel?.CheckRows(ensemble.Classifier.Features.Shape.Length, "a row of the classifier",
                nameof(Settings));
            return Settings.MatchesFeatures == rows is not null
                && (Settings.Kind == FeatureDatasetKind.NonTransferable) == ensemble.Others.Count > 0
                ? new FeatureDatasetParameters(ensemble, Settings, ensemble.Classifier.Features with { Name = Features },
                    Label, Seed, rows, CancellationToken.None)
                : throw new ArgumentException(
                    $"the kind {Settings.Kind} has {Starts} initial rows and {ensemble.Others.Count} other classifiers");
        }
    }

    private sealed record RestoredWeights(ClassifierEnsemble Ensemble, InitialRows? Rows) : IDisposable
    {
        public void Dispose()
        {
            Ensemble.Dispose();
            Rows?.Dispose();
        }
    }
}

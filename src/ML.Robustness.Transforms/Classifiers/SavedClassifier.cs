using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The content of a classifier in a model file, without its weights.</summary>
internal sealed record SavedClassifier(
    FeatureColumn Features, ModelArchitecture Architecture, int Classes, KeyValues? KeyValues, ClassifierKind Kind)
{
    /// <summary>The version of the sections that hold a classifier.</summary>
    internal const uint Version = 0x00010004;

    internal static SavedClassifier Of(NeuralClassifierTransformer classifier) =>
        new(classifier.Features, classifier.Architecture, classifier.Classes, classifier.KeyValues,
            classifier.Kind);

    // Flags, texts and numbers, at least.
    internal const int LeastLength = 32;

    internal void Write(BinaryWriter writer)
    {
        Features.Write(writer);
        ArchitectureFormat.Write(writer, Architecture);
        writer.Write(Classes);
        KeyValues.Write(writer, KeyValues);
        writer.Write((byte)Kind);
    }

    internal static SavedClassifier Read(CheckedReader reader)
    {
        var features = FeatureColumn.Read(reader);
        var architecture = ArchitectureFormat.Read(reader);
        var classes = reader.ReadInt32("the number of classes", 2, FileLimits.Classes);
        var values = KeyValues.Read(reader, classes);
        var kind = reader.ReadEnum<ClassifierKind>();
        if (kind == ClassifierKind.Binary && classes != 2)
            throw new InvalidDataException($"a binary classifier has {classes} classes");
        return new SavedClassifier(features, architecture, classes, values, kind);
    }

    /// <summary>Makes the classifier with the weights at the position of the stream. The caller disposes it.</summary>
    internal NeuralClassifierTransformer Restore(IHostEnvironment env, Stream weights)
    {
        var host = env.Register(NeuralClassifierTransformer.LoaderSignature);
        using var channel = host.Start("Loading");
        var device = ComputeDevice.Choose(env, channel);
        Module<Tensor, Tensor>? network = null;
        try
        {
            // Nothing is made for a network that the file does not hold the weights of.
            var table = ModelWeights.ReadTable(weights);
            Architecture.CheckSize(Features.Shape, Classes, table);
            network = Architecture.Create(Features.Shape, Classes, seed: 0);
            table.ReadValues(weights, network);
            return new NeuralClassifierTransformer(
                host, Features, KeyValues, Classes, Kind, Architecture, network.to(device), device);
        }
        catch
        {
            network?.Dispose();
            throw;
        }
    }
}

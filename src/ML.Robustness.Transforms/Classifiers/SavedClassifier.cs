using Microsoft.ML.Runtime;
using ML.Robustness.Models;
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
    /// <summary>The version of the sections that hold a classifier; those before it have no kind.</summary>
    internal const uint Version = 0x00010003;

    internal static SavedClassifier Of(NeuralClassifierTransformer classifier) =>
        new(classifier.Features, classifier.Architecture, classifier.Classes, classifier.KeyValues,
            classifier.Kind);

    /// <summary>Writes what a section of this version holds.</summary>
    internal void Write(BinaryWriter writer, uint version)
    {
        Features.Write(writer);
        writer.Write(Architecture.ToString());
        writer.Write(Classes);
        KeyValues.Write(writer, KeyValues);
        if (version >= Version)
            writer.Write((byte)Kind);
    }

    /// <summary>Reads what a section of this version holds.</summary>
    internal static SavedClassifier Read(BinaryReader reader, uint version)
    {
        var features = FeatureColumn.Read(reader);
        var architecture = ModelArchitecture.Parse(reader.ReadString());
        var classes = reader.ReadInt32();
        var values = KeyValues.Read(reader, classes);
        var kind = version >= Version ? (ClassifierKind)reader.ReadByte() : ClassifierKind.Multiclass;
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
            network = Architecture.Create(Features.Shape, Classes, seed: 0);
            ModelWeights.Read(weights, network);
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

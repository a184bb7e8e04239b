using Microsoft.ML.Runtime;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The content of a classifier in a model file, without its weights.</summary>
internal sealed record SavedClassifier(FeatureColumn Features, ModelArchitecture Architecture, int Classes, KeyValues? KeyValues)
{
    internal static SavedClassifier Of(NeuralClassifierTransformer classifier) =>
        new(classifier.Features, classifier.Architecture, classifier.Classes, classifier.KeyValues);

    internal void Write(BinaryWriter writer)
    {
        Features.Write(writer);
        writer.Write(Architecture.ToString());
        writer.Write(Classes);
        KeyValues.Write(writer, KeyValues);
    }

    internal static SavedClassifier Read(BinaryReader reader)
    {
        var features = FeatureColumn.Read(reader);
        var architecture = ModelArchitecture.Parse(reader.ReadString());
        var classes = reader.ReadInt32();
        return new SavedClassifier(features, architecture, classes, KeyValues.Read(reader, classes));
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
            return new NeuralClassifierTransformer(host, Features, KeyValues, Classes, Architecture, network.to(device), device);
        }
        catch
        {
            network?.Dispose();
            throw;
        }
    }
}

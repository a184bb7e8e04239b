using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>Makes a fitted classifier of a network that was trained elsewhere.</summary>
internal static class ForeignNetwork
{
    private const int ProbedRows = 4;
    private const double SumTolerance = 1e-4;

    /// <summary>Makes the classifier, which owns the network from then on; on failure the network is disposed.</summary>
    /// <param name="environment">The environment of the catalog.</param>
    /// <param name="network">The network.</param>
    /// <param name="file">The file that the network came in; null for a module.</param>
    /// <param name="inputShape">The shape of one row.</param>
    /// <param name="classNames">The classes' names in the order of the outputs.</param>
    /// <param name="options">Further settings; null for the defaults.</param>
    /// <param name="architecture">What made the network; null for its file, its registered name, or the module alone.</param>
    internal static NeuralClassifierTransformer ToClassifier(
        IHostEnvironment environment, Module<Tensor, Tensor> network, NetworkFile? file, InputShape inputShape,
        IReadOnlyList<string> classNames, NetworkOptions? options, ModelArchitecture? architecture = null)
    {
        options ??= new NetworkOptions();
        try
        {
            CheckNames(classNames);
            architecture ??= file is not null ? ModelArchitecture.Of(file)
                : options.RegisteredName is { } name ? ModelArchitecture.Registered(name) : ModelArchitecture.Of(network);
            var host = environment.Register(NeuralClassifierTransformer.LoaderSignature);
            using var channel = host.Start("Reading a network");
            var device = ComputeDevice.Choose(environment, channel);
            network = network.to(device);
            network.eval();
            if (GivesProbabilities(network, inputShape, classNames.Count, device, options.Outputs))
            {
                channel.Info(MessageSensitivity.None,
                    "The network's outputs are taken for probabilities: their logarithm is attacked. Where the softmax can "
                    + "be left out, gradients are better.");
                (network, architecture) = (new LogarithmOfProbabilities(network), architecture.WithProbabilities());
            }
            else
            {
                channel.Info(MessageSensitivity.None, "The network's outputs are taken for logits.");
            }
            var type = new VectorDataViewType(NumberDataViewType.Single, inputShape.IsImage
                ? [inputShape.Channels, inputShape.Height, inputShape.Width] : ImmutableArray.Create(inputShape.Length));
            return new NeuralClassifierTransformer(
                host, new FeatureColumn(options.FeatureColumnName, type, inputShape), KeyValues.Texts(classNames),
                classNames.Count, ClassifierKind.Multiclass, architecture, network, device, options.BatchSize);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void CheckNames(IReadOnlyList<string> names)
    {
        if (names.Count < 2)
            throw new ArgumentException($"A classifier has two classes or more, but {names.Count} are named.", nameof(names));
        if (names.Any(string.IsNullOrEmpty) || names.Distinct(StringComparer.Ordinal).Count() < names.Count)
            throw new ArgumentException("Each class needs a name of its own.", nameof(names));
    }

    /// <summary>Runs a few rows, so that a network that does not fit is refused before any data.</summary>
    private static bool GivesProbabilities(
        Module<Tensor, Tensor> network, InputShape shape, int classes, Device device, NetworkOutputs told)
    {
        using var recording = new RecordingScope();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        // Values from zero to one, other ones in each row.
        var rows = arange(ProbedRows * (long)shape.Length, ScalarType.Float32, CPU).mul(0.6180339887).frac()
            .reshape(shape.Batch(ProbedRows)).to(device);
        var outputs = ModelCall.Forward(network, rows);
        if (outputs.shape[1] != classes)
            throw new ArgumentException(
                $"The network has {outputs.shape[1]} classes, but {classes} are named.", nameof(classes));
        if (told != NetworkOutputs.Detected)
            return told == NetworkOutputs.Probabilities;
        return outputs.min().cpu().item<float>() >= 0
            && outputs.sum(1).sub(1).abs().max().cpu().to(ScalarType.Float64).item<double>() < SumTolerance;
    }
}

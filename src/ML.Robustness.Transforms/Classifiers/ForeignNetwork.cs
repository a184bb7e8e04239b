using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>Makes a fitted classifier of a network that was trained elsewhere.</summary>
/// <param name="catalog">The catalog, whose kind the classifier has.</param>
/// <param name="inputShape">The shape of one row.</param>
/// <param name="classNames">
/// The classes' names in the order of the outputs; null for the two of a binary classifier, and for classes that have no names,
/// as many as the network has.
/// </param>
/// <param name="options">Further settings; null for the defaults.</param>
internal sealed class ForeignNetwork(
    IInternalCatalog catalog, InputShape inputShape, IReadOnlyList<string>? classNames, NetworkOptions? options)
{
    private const int ProbedRows = 4;
    private const double SumTolerance = 1e-4;

    private readonly NetworkOptions _options = options ?? new NetworkOptions();

    private bool IsBinary => catalog is BinaryClassificationCatalog;

    /// <summary>Makes the classifier, which owns the network from then on; on failure the network is disposed.</summary>
    /// <param name="network">The network.</param>
    /// <param name="source">The file that it came in, or what made it; null for a module.</param>
    /// <param name="layers">The layers before it; null for those of the options.</param>
    /// <param name="load">Loads weights into the network with the layers around it; null where it has its own.</param>
    internal NeuralClassifierTransformer ToClassifier(
        Module<Tensor, Tensor> network, NetworkSource? source, NetworkAdapter? layers = null,
        Action<Module<Tensor, Tensor>>? load = null)
    {
        try
        {
            CheckNames();
            source ??= _options.RegisteredName is { } name ? new RegisteredNetwork(name)
                : new GivenModule(network.GetType().Name);
            var host = Environments.Of(catalog).Register(NeuralClassifierTransformer.LoaderSignature);
            using var channel = host.Start("Reading a network");
            var device = ComputeDevice.Choose(Environments.Of(catalog), channel);
            network.to(device).eval();
            var adapter = layers ?? _options.InputAdapter;
            var (form, classes) = FormOf(Probe(network, adapter, device));
            adapter = adapter with { Outputs = form };
            channel.Info(MessageSensitivity.None, adapter.Outputs.HasFlag(OutputForm.Probabilities)
                ? "The network's outputs are taken for probabilities: their logarithm is attacked. Where the softmax can be left "
                    + "out, gradients are better."
                : "The network's outputs are taken for logits.");
            network = adapter.Around(network, inputShape).to(device);
            load?.Invoke(network);
            network.eval();
            return new NeuralClassifierTransformer(
                host, new FeatureColumn(_options.FeatureColumnName, ColumnType(), inputShape),
                classNames is null ? null : KeyValues.Texts(classNames), classes,
                IsBinary ? ClassifierKind.Binary : ClassifierKind.Multiclass, ModelArchitecture.Of(source, adapter), network,
                device,
                _options.BatchSize);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private VectorDataViewType ColumnType() => new(
        _options.ReadsBytes ? NumberDataViewType.Byte : NumberDataViewType.Single,
        inputShape.IsImage ? [inputShape.Channels, inputShape.Height, inputShape.Width]
            : ImmutableArray.Create(inputShape.Length));

    private void CheckNames()
    {
        if (classNames is null)
            return;
        if (classNames.Count < 2)
            throw new ArgumentException(
                $"A classifier has two classes or more, but {classNames.Count} are named.", nameof(classNames));
        if (classNames.Any(string.IsNullOrEmpty) || classNames.Distinct(StringComparer.Ordinal).Count() < classNames.Count)
            throw new ArgumentException("Each class needs a name of its own.", nameof(classNames));
    }

    /// <summary>What the network returns of a few rows, on the CPU; it does not fit where it fails.</summary>
    private Tensor Probe(Module<Tensor, Tensor> network, NetworkAdapter adapter, Device device)
    {
        using var recording = new RecordingScope();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        // Values from zero to one, other ones in each row.
        var rows = arange(Kept(0), Kept(ProbedRows * (long)inputShape.Length), One, ScalarType.Float32, CPU)
            .mul(Kept(0.6180339887)).frac()
            .reshape(inputShape.Batch(ProbedRows)).to(device);
        var inputs = rows;
        foreach (var (_, layer) in adapter.InputLayers(inputShape))
        {
            using (layer)
                inputs = layer.to(device).call(inputs);
        }
        return ModelCall.Outputs(network, inputs).cpu().DetachFromDisposeScope();
    }

    private (OutputForm Form, int Classes) FormOf(Tensor probed)
    {
        using var outputs = probed;
        using var scope = NewDisposeScope();
        var shape = outputs.shape;
        var form = shape.Length > 2 && shape.AsSpan(2).IndexOfAnyExcept(1L) < 0 ? OutputForm.Maps : OutputForm.Logits;
        var isNumber = (IsBinary || classNames?.Count == 2) && (shape is [ProbedRows] || (shape.Length >= 2 && shape[1] == 1));
        var expected = IsBinary ? 2 : classNames?.Count;
        if (shape.Length == 0 || shape[0] != ProbedRows || !outputs.is_floating_point()
            || (shape.Length != 2 && form != OutputForm.Maps && !isNumber))
            throw new InvalidOperationException(
                $"The network must return numbers of shape (N, {(expected is { } count ? $"{count}" : "classes")}); for "
                + $"{ProbedRows} rows of {inputShape} it returned {outputs.dtype} {TensorShape.Text(shape)}.");
        if (isNumber)
            return (form | OutputForm.SecondClass | (_options.Outputs switch
            {
                NetworkOutputs.Logits => OutputForm.Logits,
                NetworkOutputs.Probabilities => OutputForm.Probabilities,
                _ => throw new ArgumentException(
                    "The network returns one number a row, that of the second class: set Outputs to Logits or to Probabilities, "
                    + "since a few rows do not show which of the two it is."),
            }), 2);
        if (shape[1] < 2 || (expected ?? shape[1]) != shape[1])
            throw new ArgumentException(
                $"The network has {shape[1]} classes, "
                    + $"but {expected ?? 2} {(classNames is null ? "are expected" : "are named")}.");
        return (form | (AreProbabilities(outputs.flatten(1)) ? OutputForm.Probabilities : OutputForm.Logits), (int)shape[1]);
    }

    private bool AreProbabilities(Tensor outputs) => _options.Outputs != NetworkOutputs.Detected
        ? _options.Outputs == NetworkOutputs.Probabilities
        : outputs.min().to(ScalarType.Float64).item<double>() >= 0
            && outputs.sum(1).sub(Kept(1)).abs().max().to(ScalarType.Float64).item<double>() < SumTolerance;
}

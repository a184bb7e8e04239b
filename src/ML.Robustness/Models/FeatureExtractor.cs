using ML.Robustness.Layers;
using ML.Robustness.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The features of a network that does not tell them itself, or of one of its layers.</summary>
public sealed class FeatureExtractor : IFeatureModel
{
    private readonly Func<Tensor, bool, NetworkFeatures> _extract;
    private readonly Func<Tensor, Tensor> _classify;

    private FeatureExtractor(Func<Tensor, bool, NetworkFeatures> extract, Func<Tensor, Tensor> classify) =>
        (_extract, _classify) = (extract, classify);

    /// <summary>Returns the feature model of a network, or of one of its layers.</summary>
    /// <param name="model">The network, which stays the caller's.</param>
    /// <param name="layerName">
    /// The name of a sub-module that takes one tensor and gives one, as <c>named_modules()</c> has it, for example
    /// <c>layer4.1</c>; of an ONNX network the name of a value of its graph. Null for the features before the last layer.
    /// </param>
    /// <returns>
    /// With a name, an object that runs the network once and reads the layer's output in that pass: the values flattened, the
    /// maps where the output is (N, C, H, W), and the logits; gradients pass the rectifier where the layer is a ReLU. Without
    /// one, the network itself where it is a feature model; of a Sequential that ends in one or in a Linear layer, an object
    /// that runs it up to there; of another network whose last layer is Linear, or the like in an ONNX graph, one that reads
    /// what enters that layer, and the logits. A softmax may follow it.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The network has no such layer, or without a name is none of these as far as can be told before a pass; else
    /// <see cref="Extract"/> tells.
    /// </exception>
    public static IFeatureModel Of(Module<Tensor, Tensor> model, string? layerName = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (layerName is not null)
            return OfLayer(model, layerName);
        return Find(model) ?? (LastLinearReader.MayRead(model) ? OfLastLinear(model) : throw Unreadable(model));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The network does not end in a linear layer, or a layer that was named does not run
    /// once, or gives no rows of numbers.</exception>
    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _extract(input, passesRectifier);
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return _classify(features);
    }

    private static FeatureExtractor OfLayer(Module<Tensor, Tensor> model, string name)
    {
        var reader = new LayerReader(model, name);
        return new FeatureExtractor(
            (input, passesRectifier) =>
            {
                using var scope = NewDisposeScope();
                var (layer, outputs) = reader.Read(input, passesRectifier);
                return Given(layer.flatten(1), layer.dim() == 4 ? layer : null, ModelCall.Returned(input, outputs));
            },
            _ => throw new NotSupportedException(
                $"What follows layer '{name}' cannot be computed alone: take NetworkFeatures.Logits, those of the same pass."));
    }

    private static FeatureExtractor OfLastLinear(Module<Tensor, Tensor> model)
    {
        var reader = new LastLinearReader(model);
        return new FeatureExtractor(
            (input, passesRectifier) =>
            {
                using var scope = NewDisposeScope();
                var (features, outputs) = reader.Read(input, passesRectifier);
                ModelCall.Returned(input, outputs);
                return Given(features ?? throw Unreadable(model), null, outputs);
            },
            features => reader.Classify is { } classify ? classify(features) : throw new NotSupportedException(
                $"What follows the features of a {model.GetType().Name} is known after Extract, and only where it is a Linear "
                + "module: take NetworkFeatures.Logits, those of the same pass."));
    }

    private static IFeatureModel? Find(Module<Tensor, Tensor> model)
    {
        if (model is IFeatureModel own)
            return own;
        if (model is not TorchSharp.Modules.Sequential)
            return null;
        var layers = model.named_children().Select(child => child.module as Module<Tensor, Tensor>).ToArray();
        return Array.Exists(layers, layer => layer is null) ? null : Find(layers!);
    }

    private static FeatureExtractor? Find(Module<Tensor, Tensor>[] layers)
    {
        if (layers.Length == 0)
            return null;
        var (before, last) = (layers[..^1], layers[^1]);
        if (last is IOutputLayer)
            return Find(before) is { } inner
                ? new FeatureExtractor((input, passes) => Finished(inner, last, input, passes),
                    features => Then(last, inner.Classify(features)))
                : null;
        if (last is Linear output)
            return new FeatureExtractor((input, passes) => BeforeLinear(before, input, passes), output.call);
        return Find(last) is { } end
            ? new FeatureExtractor((input, passes) => Before(before, end, input, passes), end.Classify)
            : null;
    }

    private static NetworkFeatures Finished(FeatureExtractor inner, Module<Tensor, Tensor> last, Tensor input,
        bool passesRectifier)
    {
        var found = inner.Extract(input, passesRectifier);
        return found.Logits is { } outputs ? found with { Logits = Then(last, outputs) } : found;
    }

    private static Tensor Then(Module<Tensor, Tensor> layer, Tensor outputs)
    {
        using (outputs)
            return layer.call(outputs);
    }

    private static NetworkFeatures BeforeLinear(Module<Tensor, Tensor>[] layers, Tensor input, bool passesRectifier)
    {
        using var scope = NewDisposeScope();
        var values = input;
        Tensor? maps = null;
        for (var i = 0; i < layers.Length; i++)
        {
            values = passesRectifier && i == layers.Length - 1 && layers[i] is ReLU
                ? Rectifier.Apply(values, passesGradients: true)
                : layers[i].call(values);
            if (values.dim() == 4)
                maps = values;
        }
        // Without a layer before the last one, the features are the caller's own tensor: what is given away is another.
        return Given(ReferenceEquals(values, input) ? input.alias() : values, maps, null);
    }

    private static NetworkFeatures Before(Module<Tensor, Tensor>[] layers, IFeatureModel end, Tensor input, bool passesRectifier)
    {
        using var scope = NewDisposeScope();
        var values = layers.Aggregate(input, (values, layer) => layer.call(values));
        var found = end.Extract(values, passesRectifier);
        return Given(found.Values, found.Maps, found.Logits);
    }

    private static NetworkFeatures Given(Tensor values, Tensor? maps, Tensor? logits) =>
        new(values.MoveToOuterDisposeScope(), maps?.MoveToOuterDisposeScope()) { Logits = logits?.MoveToOuterDisposeScope() };

    private static ArgumentException Unreadable(Module<Tensor, Tensor> model) => new(
        $"The features of a {model.GetType().Name} cannot be read: expected an {nameof(IFeatureModel)}, or a network whose last "
        + $"layer is Linear. "
        + (model is INetworkOfOnePiece piece ? piece.WhyWithoutLayers
            : $"Name the layer with the features, or let the network implement {nameof(IFeatureModel)}."), nameof(model));
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A feature model of a Sequential that ends in a feature model or in a Linear layer.</summary>
public sealed class FeatureExtractor : IFeatureModel
{
    private readonly Module<Tensor, Tensor>[] _layers;
    private readonly IFeatureModel? _end;
    private readonly Linear? _output;

    private FeatureExtractor(IEnumerable<Module<Tensor, Tensor>> layers, IFeatureModel? end, Linear? output) =>
        (_layers, _end, _output) = ([.. layers], end, output);

    /// <summary>Returns the feature model of a network.</summary>
    /// <param name="model">The network, which stays the caller's.</param>
    /// <returns>The network itself where it is a feature model; for a Sequential an object that reads it.</returns>
    /// <exception cref="ArgumentException">The network is neither a feature model nor a Sequential that ends in one or in a
    /// Linear layer.</exception>
    public static IFeatureModel Of(Module<Tensor, Tensor> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Find(model) ?? throw new ArgumentException(
            $"The features of a {model.GetType().Name} cannot be read: expected an {nameof(IFeatureModel)}, or a Sequential that "
                + $"ends in one or in a Linear layer. Let the network implement {nameof(IFeatureModel)}.", nameof(model));
    }

    /// <inheritdoc/>
    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        using var scope = NewDisposeScope();
        var values = input;
        Tensor? maps = null;
        for (var i = 0; i < _layers.Length; i++)
        {
            values = passesRectifier && _end is null && i == _layers.Length - 1 && _layers[i] is ReLU
                ? Rectifier.Apply(values, passesGradients: true)
                : _layers[i].call(values);
            if (_end is null && values.dim() == 4)
                maps = values;
        }
        if (_end is not null)
        {
            var found = _end.Extract(values, passesRectifier);
            return new NetworkFeatures(found.Values.MoveToOuterDisposeScope(), found.Maps?.MoveToOuterDisposeScope());
        }
        // Without a layer before the last one, the features are the caller's own tensor: what is given away is another.
        if (ReferenceEquals(values, input))
            values = input.alias();
        return new NetworkFeatures(values.MoveToOuterDisposeScope(), maps?.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor features) => _end is not null ? _end.Classify(features) : _output!.call(features);

    private static IFeatureModel? Find(Module<Tensor, Tensor> model)
    {
        if (model is IFeatureModel own)
            return own;
        if (model is not TorchSharp.Modules.Sequential)
            return null;
        var layers = model.named_children().Select(child => child.module as Module<Tensor, Tensor>).ToArray();
        if (layers.Length == 0 || Array.Exists(layers, layer => layer is null))
            return null;
        var before = layers[..^1]!;
        if (layers[^1] is Linear output)
            return new FeatureExtractor(before!, null, output);
        return Find(layers[^1]!) is { } end ? new FeatureExtractor(before!, end, null) : null;
    }
}

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>Reads what enters the last layer of a network, a linear one, in the pass that computes its outputs.</summary>
/// <remarks>
/// The last one is found in the pass itself. That nothing follows it but a softmax is known by its outputs being those
/// of the user's network, before the layers that make logits of them.
/// </remarks>
/// <param name="network">The network.</param>
internal sealed class LastLinearReader(Module<Tensor, Tensor> network)
{
    private readonly List<Layer> _layers = [.. LayerNames.Of(network)];
    private readonly Module<Tensor, Tensor> _inner = LayerNames.Inside(network).Network;
    private readonly Module<Tensor, Tensor>[] _after = LayerNames.Inside(network).After;

    private static readonly Func<Tensor, Tensor>[] Ends =
        [static logits => logits.alias(), static logits => logits.softmax(1), static logits => logits.log_softmax(1)];

    private volatile Func<Tensor, Tensor>? _classify;

    /// <summary>What the network makes of the features; null before the first pass, and where it is not known.</summary>
    public Func<Tensor, Tensor>? Classify => _classify;

    /// <summary>Whether the network may end in a linear layer, as far as its modules tell.</summary>
    public static bool MayRead(Module<Tensor, Tensor> network)
    {
        var last = LayerNames.Inside(network).Network;
        while (last is TorchSharp.Modules.Sequential
            && last.children().LastOrDefault(static layer => !IsSoftmax(layer)) is Module<Tensor, Tensor> child)
            last = child;
        return last is not INetworkOfOnePiece && last.modules().Prepend(last).Any(IsLinear);
    }

    /// <summary>Runs the network once.</summary>
    /// <param name="input">(N, …), as the network takes them.</param>
    /// <param name="passesRectifier">Whether gradients pass a ReLU module right before the layer.</param>
    /// <returns>The features (N, F), null where the last layer is another, and the network's outputs; the caller
    /// disposes.</returns>
    public (Tensor? Features, Tensor Outputs) Read(Tensor input, bool passesRectifier)
    {
        using var scope = NewDisposeScope();
        using var hooks = new PassHooks();
        var pass = new Pass(scope);
        var modules = _layers.Where(layer => layer.Value is null).Select(layer => layer.Module).Append(network);
        foreach (var module in modules.Distinct())
            pass.Hook(module, hooks, passesRectifier);
        Tensor? returned = null;
        hooks.After(_inner, output =>
        {
            returned = KeptValue.In(scope, output.detach().clone());
            return null;
        });
        var outputs = network.call(input);
        var (features, classify) = pass.FeaturesOf(returned, input.shape[0]);
        _classify = classify is null ? null : features => Finished(classify(features));
        if (ReferenceEquals(outputs, input))
            outputs = input.alias();
        return (features?.MoveToOuterDisposeScope(), outputs?.MoveToOuterDisposeScope()!);
    }

    private Tensor Finished(Tensor outputs)
    {
        foreach (var layer in _after)
        {
            using var before = outputs;
            outputs = layer.call(before);
        }
        return outputs;
    }

    private static bool IsSoftmax(Module module) => module is TorchSharp.Modules.Softmax or TorchSharp.Modules.LogSoftmax;

    private static bool IsLinear(Module module) =>
        module is TorchSharp.Modules.Linear or IValueNetwork { FeaturesName: not null };

    private sealed class Pass(DisposeScope scope)
    {
        private Tensor? _features;
        private Tensor? _outputs;
        private Tensor? _rectified;
        private Tensor? _passed;
        private Linear? _last;

        public void Hook(Module module, PassHooks hooks, bool passesRectifier)
        {
            if (module is Linear linear)
            {
                hooks.Before(linear, Enter);
                hooks.After(linear, output => Leave(output, linear));
            }
            else if (module is IValueNetwork { FeaturesName: { } name } graph)
            {
                hooks.OnValue(graph, name, Enter);
                hooks.After((Module<Tensor, Tensor>)module, output => Leave(output, null));
            }
            else if (passesRectifier && module is ReLU rectifier)
            {
                // Before it runs, since it may write over its input.
                hooks.Before(rectifier, input =>
                {
                    _passed?.Dispose();
                    _passed = KeptValue.In(scope, Rectifier.Apply(input, passesGradients: true));
                    return null;
                });
                hooks.After(rectifier, output =>
                {
                    _rectified = output;
                    return null;
                });
            }
        }

        public (Tensor? Features, Func<Tensor, Tensor>? Classify) FeaturesOf(Tensor? outputs, long rows)
        {
            if (_outputs is not { } logits || outputs is not { IsInvalid: false } || _features!.dim() != 2
                || _features.shape[0] != rows || logits.dim() != 2
                || Array.Find(Ends, end => IsSame(end, logits, outputs)) is not { } found)
                return (null, null);
            return (_features, _last is { } linear ? features => Applied(found, linear.call(features)) : null);
        }

        private Tensor? Enter(Tensor input)
        {
            var value = _rectified is not null && ReferenceEquals(input, _rectified) ? _passed! : input;
            _features?.Dispose();
            (_features, var next) = KeptValue.Of(value, scope);
            return next;
        }

        private Tensor? Leave(Tensor output, Linear? linear)
        {
            _outputs?.Dispose();
            _outputs = KeptValue.In(scope, output.detach().clone());
            _last = linear;
            return null;
        }

        private static bool IsSame(Func<Tensor, Tensor> end, Tensor logits, Tensor outputs)
        {
            using var inner = NewDisposeScope();
            using var quiet = no_grad();
            // A softmax of another kernel may round otherwise.
            var slack = ReferenceEquals(end, Ends[0]) ? 0 : 1e-6;
            return logits.dtype == outputs.dtype && logits.shape.AsSpan().SequenceEqual(outputs.shape)
                && end(logits).allclose(outputs, slack, slack, equal_nan: true);
        }

        private static Tensor Applied(Func<Tensor, Tensor> end, Tensor logits)
        {
            using (logits)
                return end(logits);
        }
    }
}

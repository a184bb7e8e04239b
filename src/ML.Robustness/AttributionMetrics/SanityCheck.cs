using ML.Robustness.Attribution;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttributionMetrics;

/// <summary>The cascading randomisation of a network's layers from the output on, compared by attributions.</summary>
/// <remarks>
/// Adebayo et al., <see href="https://arxiv.org/abs/1810.03292"/>. A layer is randomised by shuffling the values of each of its
/// parameters, which keeps their distribution, rather than by drawing its first weights again, which a network made elsewhere
/// does not tell.
/// </remarks>
internal sealed class SanityCheck : IDisposable
{
    private readonly Module<Tensor, Tensor> _model;
    private readonly List<(Tensor Target, Tensor Value)> _before = [];

    /// <summary>Saves the network's parameters.</summary>
    public SanityCheck(Module<Tensor, Tensor> model)
    {
        _model = model;
        foreach (var (_, parameter) in model.named_parameters())
            _before.Add((parameter, parameter.detach().clone().DetachFromDisposeScope()));
    }

    /// <summary>The names of the layers with parameters, from the output on.</summary>
    public static IReadOnlyList<string> Layers(Module<Tensor, Tensor> model) =>
        [.. model.named_parameters().Select(entry => LayerOf(entry.name)).Distinct().Reverse()];

    /// <summary>The rank correlation of each row (second index) after the randomisation of each layer (first index).</summary>
    public double[][] Run(
        AttributionMethod method,
        Tensor inputs,
        AttributionTarget target,
        double[][] originals,
        RowRandom random,
        ulong seed,
        CancellationToken cancellation,
        Action? computed = null)
    {
        var correlations = new List<double[]>();
        foreach (var layer in Layers(_model))
        {
            using var scope = NewDisposeScope();
            Forget(layer, seed);
            var context = AttributionContext.ResolveTargets(_model, inputs, target, random, method.BatchSize, cancellation);
            var found = PixelAttributions.Rows(PixelAttributions.Of(method.Explained(context)));
            correlations.Add([.. originals.Select((original, row) => RankCorrelation.Of(original, found[row]))]);
            computed?.Invoke();
        }
        return [.. correlations];
    }

    /// <summary>Restores the parameters bit for bit.</summary>
    public void Dispose()
    {
        using var quiet = no_grad();
        foreach (var (target, value) in _before)
        {
            target.copy_(value);
            value.Dispose();
        }
        _before.Clear();
    }

    private void Forget(string layer, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var use = seed;
        foreach (var (name, parameter) in _model.named_parameters())
        {
            use = SplitMix64.Derive(use, 1);
            if (LayerOf(name) != layer)
                continue;
            var order = tensor(SplitMix64.Permutation(parameter.numel(), use), device: CPU).to(parameter.device);
            parameter.copy_(parameter.detach().flatten().index_select(0, order).view(parameter.shape));
        }
    }

    private static string LayerOf(string parameter) =>
        parameter.LastIndexOf('.') is > 0 and var end ? parameter[..end] : parameter;
}

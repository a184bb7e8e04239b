using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>The layers around a network: what turns the user's rows into its inputs, and its outputs into logits.</summary>
internal sealed record NetworkAdapter
{
    /// <summary>No layer.</summary>
    internal static NetworkAdapter None { get; } = new();

    /// <summary>The means of <see cref="InputNormalization"/>; null for none.</summary>
    internal float[]? Mean { get; init; }

    /// <summary>Its standard deviations.</summary>
    internal float[]? Deviation { get; init; }

    /// <summary>Whether the network takes images as (N, H, W, C).</summary>
    internal bool IsChannelsLast { get; init; }

    internal OutputForm Outputs { get; init; }

    /// <summary>The values of weights and buffers in these layers.</summary>
    internal long Values => Mean is null ? 0 : 2L * Mean.Length;

    /// <summary>The same with an input normalisation.</summary>
    /// <exception cref="ArgumentException">The numbers are not as <see cref="InputNormalization"/> wants them.</exception>
    internal NetworkAdapter WithNormalization(float[] mean, float[] deviation)
    {
        using var check = new InputNormalization(mean, deviation);
        return this with { Mean = [.. mean], Deviation = [.. deviation] };
    }

    /// <summary>The layers before the network. The caller disposes them.</summary>
    /// <exception cref="ArgumentException">Inputs have other channels than the normalisation, or no channels.</exception>
    internal IEnumerable<(string Name, Module<Tensor, Tensor> Layer)> InputLayers(InputShape input)
    {
        if (Mean is { Length: > 1 } mean && mean.Length != input.Channels)
            throw new ArgumentException(
                $"The normalisation has {mean.Length} channels, inputs of {input} have {input.Channels}.", nameof(input));
        if (IsChannelsLast && !input.IsImage)
            throw new ArgumentException($"Channels come last in images only, but the input is a vector of {input}.",
                nameof(input));
        if (Mean is not null)
            yield return ("normalization", new InputNormalization(Mean, Deviation!));
        if (IsChannelsLast)
            yield return ("layout", new ChannelsLastInput());
    }

    /// <summary>The network with the layers around it; it owns the network, and disposes it where this fails.</summary>
    internal Module<Tensor, Tensor> Around(Module<Tensor, Tensor> network, InputShape input)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        try
        {
            layers.AddRange(InputLayers(input));
            layers.Add(("network", network));
            if (Outputs != OutputForm.Logits)
                layers.Add(("logits", new LogitsOf(Outputs)));
            return layers.Count == 1 ? network : Sequential([.. layers]);
        }
        catch
        {
            foreach (var (_, layer) in layers)
                layer.Dispose();
            network.Dispose();
            throw;
        }
    }

    /// <summary>The layers before a network, as <see cref="ModelArchitecture.Parse"/> reads them, and those after it.</summary>
    internal string Text(string network)
    {
        var before = Mean is null ? ""
            : $"{nameof(InputNormalization)}([{NetworkSource.List(Mean)}], [{NetworkSource.List(Deviation!)}]) > ";
        return $"{before}{(IsChannelsLast ? $"{nameof(ChannelsLastInput)} > " : "")}{network}"
            + (Outputs == OutputForm.Logits ? "" : $" > {nameof(LogitsOf)}({Outputs})");
    }
}

using ML.Robustness.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Weights;

/// <summary>The parameters and buffers of a network that a file may hold: all, or those without what is only ours.</summary>
/// <param name="Targets">The tensors by the names that a file has.</param>
/// <param name="Kept">The names, in the network, of those that are left out.</param>
internal sealed record NetworkPart(IReadOnlyDictionary<string, Tensor> Targets, IReadOnlyList<string> Kept)
{
    /// <summary>The whole network first; then without its <see cref="InputNormalization"/>, and without prefixes.</summary>
    internal static IEnumerable<NetworkPart> AllOf(Module network)
    {
        var state = network.state_dict();
        yield return new NetworkPart(state, []);
        string[] kept = [.. NormalizationNames(network).Where(state.ContainsKey)];
        string[] others = [.. state.Keys.Except(kept, StringComparer.Ordinal)];
        foreach (var prefix in Names.CommonPrefixes(others))
        {
            if (prefix.Length > 0 || kept.Length > 0)
                yield return new NetworkPart(others.ToDictionary(name => name[prefix.Length..], name => state[name],
                    StringComparer.Ordinal), kept);
        }
    }

    // The numbers are part of the architecture, not of a file that was made without it.
    private static IEnumerable<string> NormalizationNames(Module network) =>
        network is Sequential && network.named_children().FirstOrDefault() is (var name, InputNormalization first)
            ? first.state_dict().Keys.Select(key => $"{name}.{key}")
            : [];
}

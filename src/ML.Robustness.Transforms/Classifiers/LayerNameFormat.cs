using ML.Robustness.Layers;
using ML.Robustness.Persistence;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The format of the name of a network's layer in a model file: empty for none.</summary>
internal static class LayerNameFormat
{
    internal static void Write(BinaryWriter writer, string? name) => writer.Write(name ?? "");

    internal static string? Read(CheckedReader reader) => reader.ReadString() is { Length: > 0 } name ? name : null;

    /// <summary>Checks a name that was read.</summary>
    /// <exception cref="ArgumentException">The network has no such layer.</exception>
    internal static void Check(Module<Tensor, Tensor> network, string? name)
    {
        if (name is not null)
            LayerNames.Find(network, name);
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>A network's own file, whose bytes travel within a model file.</summary>
/// <param name="Format">What kind of file it is: a name that was registered.</param>
/// <param name="Content">The bytes.</param>
internal sealed record NetworkFile(string Format, byte[] Content) : NetworkSource
{
    /// <summary>The format of <see cref="TorchScriptNetwork"/>.</summary>
    internal const string TorchScript = "TorchScript";

    /// <summary>The format of the package ML.Robustness.Onnx.</summary>
    internal const string Onnx = "Onnx";

    private static readonly ConcurrentDictionary<string, Func<byte[], Module<Tensor, Tensor>>> Readers = new(
        StringComparer.Ordinal)
    {
        [TorchScript] = TorchScriptNetwork.FromModelFile,
    };

    /// <summary>The format and the beginning of the content's SHA-256.</summary>
    internal override string Name => $"{Format} file {Convert.ToHexString(SHA256.HashData(Content))[..16]}";

    /// <summary>Registers how a format is read, before a model file that has one is loaded.</summary>
    internal static void Register(string format, Func<byte[], Module<Tensor, Tensor>> read) => Readers[format] = read;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The format is none that is known, or the content is damaged.</exception>
    /// <exception cref="InvalidOperationException">The package of the format is missing, or the user must trust it
    /// first.</exception>
    internal override Module<Tensor, Tensor> Make(InputShape input, int classes)
    {
        if (Format == Onnx && !Readers.ContainsKey(Onnx))
            OptionalPackage.Load(OptionalPackage.Onnx, "an ONNX graph");
        return Readers.TryGetValue(Format, out var read)
            ? read(Content)
            : throw new InvalidDataException($"a network is a file of the format '{Format}', which is none that is known");
    }

    public override string ToString() => Name;
}

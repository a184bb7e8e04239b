using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A network's own file, whose bytes travel within a model file.</summary>
/// <param name="Format">What kind of file it is: a name that was registered.</param>
/// <param name="Content">The bytes.</param>
internal sealed record NetworkFile(string Format, byte[] Content)
{
    /// <summary>The format of <see cref="TorchScriptNetwork"/>.</summary>
    internal const string TorchScript = "TorchScript";

    /// <summary>The format of the package ML.Robustness.Onnx.</summary>
    internal const string Onnx = "Onnx";

    private const string OnnxPackage = "ML.Robustness.Onnx";

    private static readonly ConcurrentDictionary<string, Func<byte[], Module<Tensor, Tensor>>> Readers = new(
        StringComparer.Ordinal)
    {
        [TorchScript] = TorchScriptNetwork.FromModelFile,
    };

    /// <summary>The format and the beginning of the content's SHA-256.</summary>
    public override string ToString() => $"{Format} file {Convert.ToHexString(SHA256.HashData(Content))[..16]}";

    /// <summary>Registers how a format is read, before a model file that has one is loaded.</summary>
    internal static void Register(string format, Func<byte[], Module<Tensor, Tensor>> read) => Readers[format] = read;

    /// <summary>Makes the network. The caller disposes it.</summary>
    /// <exception cref="InvalidDataException">The format is none that is known, or the content is damaged.</exception>
    /// <exception cref="InvalidOperationException">The package of the format is missing, or the user must trust it
    /// first.</exception>
    internal Module<Tensor, Tensor> Read()
    {
        if (Format == Onnx && !Readers.ContainsKey(Onnx))
            LoadPackage(OnnxPackage, "an ONNX graph");
        return Readers.TryGetValue(Format, out var read)
            ? read(Content)
            : throw new InvalidDataException($"a network is a file of the format '{Format}', which is none that is known");
    }

    /// <summary>Loads the package that makes a kind of network, which registers itself.</summary>
    /// <remarks>The name is ours, not the file's: nothing that a file says decides which code is loaded.</remarks>
    /// <param name="package">The package.</param>
    /// <param name="kind">What kind of network it makes.</param>
    /// <exception cref="InvalidOperationException">The package is missing.</exception>
    internal static void LoadPackage(string package, string kind)
    {
        try
        {
            RuntimeHelpers.RunModuleConstructor(Assembly.Load(package).ManifestModule.ModuleHandle);
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException)
        {
            throw new InvalidOperationException(
                $"The model's network is {kind}, which the package {package} reads: add it to the project.", error);
        }
    }
}

using System.Runtime.CompilerServices;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Graph;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Onnx.Networks;

/// <summary>What a model file keeps of an ONNX network: which input and output, and the graph with all of its data.</summary>
internal static class OnnxContent
{
    /// <summary>Model files that hold an ONNX graph are read by this package.</summary>
#pragma warning disable CA2255 // A library that is loaded by its name has no other beginning.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        NetworkFile.Register(NetworkFile.Onnx, Read);
        OnnxStep.Register(Microsoft.ML.OnnxCatalog.FromStep);
    }

    internal static (OnnxNetwork Network, byte[] Content) Load(string path, OnnxNetworkOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Of(OnnxFile.Read(path), options);
    }

    internal static (OnnxNetwork Network, byte[] Content) Of(OnnxFile file, OnnxNetworkOptions? options)
    {
        // First the network: a shape of its own goes into the file's content, too.
        var network = OnnxNetwork.Of(file, options, readsLogits: true);
        try
        {
            using var content = new MemoryStream();
            using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
            {
                writer.Write(options?.InputName ?? "");
                writer.Write(options?.OutputName ?? "");
                writer.Write(file.ToBytes());
            }
            return (network, content.ToArray());
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static OnnxNetwork Read(byte[] content)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(content));
            var (input, output) = (reader.ReadString(), reader.ReadString());
            return OnnxNetwork.Of(OnnxFile.Read(content[(int)reader.BaseStream.Position..]), new OnnxNetworkOptions
            {
                InputName = input.Length > 0 ? input : null,
                OutputName = output.Length > 0 ? output : null,
            }, readsLogits: true);
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException or ArgumentException
            or NotSupportedException)
        {
            throw new InvalidDataException($"an ONNX graph of the model cannot be read: {error.Message}", error);
        }
    }
}

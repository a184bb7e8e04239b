using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ML.Robustness.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A TorchScript file as a network: what <c>torch.jit.trace</c> or <c>torch.jit.script</c> saved.</summary>
/// <remarks>
/// A TorchScript file is code that runs in this process. Load only files that you trust. Parameters and buffers have the names of
/// the file, with <c>_</c> for dots.
/// </remarks>
public sealed class TorchScriptNetwork : Module<Tensor, Tensor>, INetworkOfOnePiece
{
    // The SHA-256 of files that the user trusted, so that a network of one can be made again.
    private static readonly ConcurrentDictionary<string, bool> Trusted = new(StringComparer.Ordinal);
    private static volatile bool _isAllowed;

    private readonly jit.ScriptModule<Tensor, Tensor> _script;

    private TorchScriptNetwork(jit.ScriptModule<Tensor, Tensor> script, byte[] content)
        : base(nameof(TorchScriptNetwork))
    {
        (_script, Content) = (script, content);
        foreach (var (name, parameter) in script.named_parameters())
            register_parameter(NameOf(name), parameter);
        foreach (var (name, buffer) in script.named_buffers())
            register_buffer(NameOf(name), buffer);
    }

    /// <summary>The bytes of the file.</summary>
    internal byte[] Content { get; }

    string INetworkOfOnePiece.WhyWithoutLayers =>
        "A TorchScript file runs as one piece, without layers that can be read from C#: take the network as a TorchSharp module "
        + "or as ONNX, or a method that needs no layer.";

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trusted">Must be true: the file is code that runs in this process.</param>
    /// <returns>The network in evaluation mode, on the CPU; the caller disposes.</returns>
    /// <exception cref="ArgumentException"><paramref name="trusted"/> is false.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no TorchScript, or is damaged.</exception>
    public static TorchScriptNetwork Load(string path, bool trusted)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!trusted)
            throw new ArgumentException(
                $"'{path}' is TorchScript: code that runs in this process. Load it with trusted: true where you trust who "
                    + $"made it.",
                nameof(trusted));
        var content = File.ReadAllBytes(path);
        var network = Open(content, path, $"'{path}'");
        Trusted[HashOf(content)] = true;
        return network;
    }

    /// <summary>
    /// Allows this process to load model files (<c>ml.Model.Load</c>) whose network is TorchScript: code that runs in it.
    /// </summary>
    public static void AllowInModelFiles() => _isAllowed = true;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _script.call(input);

    /// <inheritdoc/>
    public override void train(bool train = true)
    {
        base.train(train);
        _script.train(train);
    }

    internal static TorchScriptNetwork FromModelFile(byte[] content)
    {
        if (!_isAllowed && !Trusted.ContainsKey(HashOf(content)))
            throw new InvalidOperationException(
                "The model's network is TorchScript: code that runs in this process. Call TorchScriptNetwork.AllowInModelFiles() "
                + "before loading it, where you trust who made it.");
        // TorchSharp reads files only.
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            return Open(content, path, "The TorchScript of the model");
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (device is not null)
            _script.to(device, non_blocking);
        if (dtype is { } type)
            _script.to(type, non_blocking);
        // The script has other tensors now, which take the place of those that were registered.
        foreach (var (name, parameter) in _script.named_parameters())
            ConditionallyRegisterParameter(NameOf(name), parameter);
        foreach (var (name, buffer) in _script.named_buffers())
            ConditionallyRegisterBuffer(NameOf(name), buffer);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _script.Dispose();
    }

    private static string HashOf(byte[] content) => Convert.ToHexString(SHA256.HashData(content));

    private static string NameOf(string name) => name.Replace('.', '_');

    private static TorchScriptNetwork Open(byte[] content, string path, string name)
    {
        jit.ScriptModule<Tensor, Tensor>? script = null;
        try
        {
            script = jit.load<Tensor, Tensor>(path);
            script.eval();
            return new TorchScriptNetwork(script, content);
        }
        catch (Exception error) when (error is ExternalException or InvalidOperationException)
        {
            script?.Dispose();
            throw new InvalidDataException($"{name} is no TorchScript, or is damaged: {ModelCall.Reason(error)}", error);
        }
    }
}

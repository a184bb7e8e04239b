using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.PyTorch.Files;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Weights;

/// <summary>The weights of PyTorch: files of <c>torch.save(model.state_dict(), path)</c> and of safetensors.</summary>
/// <remarks>
/// A file of <c>torch.save</c> is a pickle, a program. Only tensors and plain containers are read; a file that asks for anything
/// else is refused, and none of its code runs.
/// </remarks>
public static class PyTorchWeights
{
    /// <summary>Loads the weights of a file into a network. All names, shapes and types must fit.</summary>
    /// <remarks>
    /// <para>
    /// The state dictionary may lie inside a checkpoint. Prefixes that all of its names have, such as <c>module.</c>, are left
    /// out, and so are those of the network. An <see cref="InputNormalization"/> before the network keeps its numbers where the
    /// file has none. float16, bfloat16 and float64 are converted to the type of the network.
    /// </para>
    /// </remarks>
    /// <param name="network">The network, on any device. It keeps its own weights when this fails.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">Which weights of the file; null for all.</param>
    /// <returns>What was loaded, and what was changed on the way.</returns>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, would call code, or is of another architecture.</exception>
    public static LoadedWeights Load(Module network, string path, PyTorchWeightOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Read(network, path, options, network.GetType().Name);
    }

    /// <summary>Saves the weights of a network as PyTorch's <c>load_state_dict</c> takes them.</summary>
    /// <remarks>In Python: <c>torch.load(path)</c>, or <c>safetensors.torch.load_file(path)</c>.</remarks>
    /// <param name="network">The network, on any device. The names in the file are those of its <c>state_dict</c>.</param>
    /// <param name="path">A file ending in .pth, .pt, .bin or .safetensors; an old one is replaced once the new one is
    /// complete.</param>
    /// <exception cref="ArgumentException">The file ends otherwise.</exception>
    /// <exception cref="IOException">The file cannot be written; the old one is as it was.</exception>
    public static void Save(Module network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Action<Stream, Dictionary<string, Tensor>> write = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".PTH" or ".PT" or ".BIN" => (file, state) => PyTorchPickler.PickleStateDict(file, state, leaveOpen: true),
            ".SAFETENSORS" => (file, state) => Safetensors.SaveStateDict(file, state, leaveOpen: true),
            _ => throw new ArgumentException(
                $"Weights are saved in files ending in .pth, .pt, .bin or .safetensors, got '{path}'.", nameof(path)),
        };
        LibTorch.Require();
        using var use = NativeLifetime.UseOf(network);
        using var scope = NewDisposeScope();
        // PyBridge writes the numbers of a tensor without its strides, from its own first one on.
        var state = network.state_dict().ToDictionary(entry => entry.Key, entry =>
            entry.Value.detach().cpu().contiguous().clone());
        AtomicFile.Write(path, file => write(file, state));
    }

    internal static LoadedWeights Read(Module network, string path, PyTorchWeightOptions? options, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LibTorch.Require();
        using var use = NativeLifetime.UseOf(network);
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var file = WeightFile.Open(path);
        var match = Choose(file, [.. NetworkPart.AllOf(network)], options ?? new PyTorchWeightOptions(), path, name);
        var pairs = match.Pairs().Select(pair => (Value: pair.Stored.Read(), pair.Target)).ToList();
        using var quiet = no_grad();
        foreach (var (value, target) in pairs)
            target.copy_(value);
        return new LoadedWeights
        {
            Count = pairs.Count,
            DictionaryKey = match.Key,
            RemovedPrefix = match.Prefix,
            ConvertedTypes = [.. match.Conversions()],
            KeptNames = match.Kept,
        };
    }

    private static StateMatch Choose(
        WeightFile file, NetworkPart[] parts, PyTorchWeightOptions options, string path, string name)
    {
        var keys = string.Join(", ", file.Dictionaries.Select(dictionary => $"'{dictionary.Key}'"));
        StateMatch[] matches = [.. file.Dictionaries
            .Where(dictionary => options.DictionaryKey is null || dictionary.Key == options.DictionaryKey)
            .Select(dictionary => StateMatch.Best(dictionary, parts, options.IsIgnored))];
        if (matches.Length == 0)
            throw new InvalidDataException(
                $"'{path}' has no state dictionary under the key '{options.DictionaryKey}': it has {keys}. Set "
                    + "PyTorchWeightOptions.DictionaryKey to one of these.");
        StateMatch[] fitting = [.. matches.Where(match => !match.Describe().Any())];
        return fitting switch
        {
            [var match] => match,
            [] => throw Misfit(matches.MinBy(match => match.Differences)!, path, name),
            _ => throw new InvalidDataException(
                $"'{path}' has {fitting.Length} state dictionaries that fit, under the keys "
                    + $"{string.Join(", ", fitting.Select(match => $"'{match.Key}'"))}. Set "
                    + $"PyTorchWeightOptions.DictionaryKey to "
                    + "one of these."),
        };
    }

    private static InvalidDataException Misfit(StateMatch match, string path, string name) => new(
        $"'{path}' has the weights of another network than {name}: {string.Join("; ", match.Describe())}. Load them into the "
            + "architecture and the number of classes that they were saved from.");
}

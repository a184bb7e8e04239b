using ML.Robustness.Numerics;
using ML.Robustness.PyTorch.Files;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Weights;

/// <summary>A state dictionary of a file held against a part of a network, name by name.</summary>
internal sealed class StateMatch
{
    private const string BatchCounter = "num_batches_tracked";

    private readonly IReadOnlyDictionary<string, StoredTensor> _tensors;
    private readonly string[] _names;
    private readonly NetworkPart _part;

    private StateMatch(StateDictionary dictionary, string[] names, string prefix, NetworkPart part)
    {
        (Key, Prefix, _names, _part, _tensors) = (dictionary.Key, prefix, names, part, dictionary.Tensors);
        var found = names.Select(name => name[prefix.Length..]).ToHashSet(StringComparer.Ordinal);
        Surplus = [.. names.Where(name => !part.Targets.ContainsKey(name[prefix.Length..]))];
        string[] missing = [.. part.Targets.Keys.Where(name => !found.Contains(name))];
        // As PyTorch does with files of versions that had no counters.
        var hasCounters = names.Any(IsCounter);
        Missing = [.. missing.Where(name => hasCounters || !IsCounter(name))];
        Kept = [.. part.Kept, .. missing.Except(Missing, StringComparer.Ordinal)];
    }

    internal string Key { get; }

    internal string Prefix { get; }

    internal IReadOnlyList<string> Missing { get; }

    internal IReadOnlyList<string> Surplus { get; }

    /// <summary>The names of the network that need not be in the file.</summary>
    internal IReadOnlyList<string> Kept { get; }

    internal int Differences => Missing.Count + Surplus.Count;

    internal int NetworkCount => _part.Targets.Count;

    internal int FileCount => _names.Length;

    /// <summary>The way to match that leaves the fewest differences; the plainest of several.</summary>
    internal static StateMatch Best(
        StateDictionary dictionary, IReadOnlyList<NetworkPart> parts, Func<string, bool>? isIgnored)
    {
        string[] names = [.. dictionary.Tensors.Keys.Where(name => isIgnored?.Invoke(name) != true)];
        return Names.CommonPrefixes(names)
            .SelectMany(prefix => parts.Select(part => new StateMatch(dictionary, names, prefix, part)))
            .MinBy(match => match.Differences)!;
    }

    /// <summary>The tensors that are in both.</summary>
    internal IEnumerable<(string Name, StoredTensor Stored, Tensor Target)> Pairs() => _names
        .Where(name => _part.Targets.ContainsKey(name[Prefix.Length..]))
        .Select(name => (name, _tensors[name], _part.Targets[name[Prefix.Length..]]));

    /// <summary>The types of weights that are converted.</summary>
    internal IEnumerable<ScalarType> Conversions() => Pairs()
        .Where(pair => IsFloat(pair.Stored.Type) && IsFloat(pair.Target.dtype) && pair.Stored.Type != pair.Target.dtype)
        .Select(pair => pair.Stored.Type).Distinct().Order();

    /// <summary>What does not fit, in words; empty where all does.</summary>
    internal IEnumerable<string> Describe()
    {
        var pairs = Pairs().ToList();
        string[] shapes = [.. pairs.Where(pair => !pair.Stored.Shape.AsSpan().SequenceEqual(pair.Target.shape)).Select(pair =>
            $"'{pair.Name}' is {TensorShape.Text(pair.Target)} in the network and {TensorShape.Text(pair.Stored.Shape)} in "
                + $"the file")];
        string[] types = [.. pairs.Where(pair => !Fits(pair.Name, pair.Stored.Type, pair.Target.dtype))
            .Select(pair => $"'{pair.Name}' is {pair.Target.dtype} in the network and {pair.Stored.Type} in the file")];
        if (Missing.Count > 0)
            yield return $"the file lacks {Missing.Count} of {NetworkCount} names of the network: {Shown(Missing)}";
        if (Surplus.Count > 0)
            yield return $"the network lacks {Surplus.Count} of {FileCount} names of the file: {Shown(Surplus)}";
        if (shapes.Length > 0)
            yield return $"{shapes.Length} shapes differ: {Names.Shortened(shapes)}";
        if (types.Length > 0)
            yield return $"{types.Length} types differ: {Names.Shortened(types)}";
    }

    private static bool IsFloat(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    private static string Shown(IReadOnlyList<string> names) => Names.Shortened([.. names.Select(name => $"'{name}'")]);

    // TorchSharp's counters have the type that the layer was made with, PyTorch's are Int64.
    private static bool Fits(string name, ScalarType stored, ScalarType target) => stored == target
        || (IsFloat(stored) && (IsFloat(target) || IsCounter(name))) || (stored == ScalarType.Int64 && IsCounter(name));

    private static bool IsCounter(string name) =>
        name == BatchCounter || name.EndsWith("." + BatchCounter, StringComparison.Ordinal);
}

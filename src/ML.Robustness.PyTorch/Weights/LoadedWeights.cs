using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Weights;

/// <summary>What was loaded from a file of weights.</summary>
public sealed class LoadedWeights
{
    internal LoadedWeights()
    {
    }

    /// <summary>The number of parameters and buffers that were loaded.</summary>
    public required int Count { get; init; }

    /// <summary>The key of the state dictionary in the file.</summary>
    /// <value>Empty where the file is the state dictionary.</value>
    public required string DictionaryKey { get; init; }

    /// <summary>The beginning of all names in the file that the network's names do not have, such as <c>module.</c></summary>
    /// <value>Empty where the names are equal.</value>
    public required string RemovedPrefix { get; init; }

    /// <summary>The types of numbers in the file that were converted to those of the network.</summary>
    public required IReadOnlyList<ScalarType> ConvertedTypes { get; init; }

    /// <summary>The names of the network that the file lacks and need not have: those of an <c>InputNormalization</c>, and the
    /// counters of batches, which PyTorch before 0.4.1 did not write.</summary>
    public required IReadOnlyList<string> KeptNames { get; init; }

    /// <summary>Returns all of it as a sentence.</summary>
    /// <returns>For example <c>Loaded 122 parameters and buffers; the prefix 'module.' was left out.</c></returns>
    public override string ToString()
    {
        var parts = new List<string> { $"Loaded {Count} parameters and buffers" };
        if (DictionaryKey.Length > 0)
            parts.Add($"they are under the key '{DictionaryKey}'");
        if (RemovedPrefix.Length > 0)
            parts.Add($"the prefix '{RemovedPrefix}' was left out");
        if (ConvertedTypes.Count > 0)
            parts.Add($"values of {string.Join(", ", ConvertedTypes)} were converted");
        if (KeptNames.Count > 0)
            parts.Add($"{Names.Shortened(KeptNames)} stayed as they were");
        return string.Join("; ", parts) + ".";
    }
}

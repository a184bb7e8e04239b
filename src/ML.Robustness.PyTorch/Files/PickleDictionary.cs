namespace ML.Robustness.PyTorch.Files;

/// <summary>A dictionary of a pickle, or an ordered one. Entries whose key is no text are left out.</summary>
internal sealed class PickleDictionary() : Dictionary<string, object?>(StringComparer.Ordinal)
{
    internal void Set(object? key, object? value)
    {
        if (key is string name && !TryAdd(name, value))
            throw new InvalidDataException($"a dictionary has the name '{name}' twice");
    }
}

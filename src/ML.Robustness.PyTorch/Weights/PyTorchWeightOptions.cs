namespace ML.Robustness.PyTorch.Weights;

/// <summary>Which weights of a file are read.</summary>
public sealed class PyTorchWeightOptions
{
    /// <summary>The key of the state dictionary in a checkpoint that holds several, such as <c>model_ema</c>; keys of nested
    /// dictionaries have dots between them.</summary>
    /// <value>The default is null: the only dictionary that fits the network.</value>
    public string? DictionaryKey { get; init; }

    /// <summary>Tells which names of the file are left out, for example those of an auxiliary classifier that the network does
    /// not have.</summary>
    /// <value>The default is null: every name of the file must be one of the network.</value>
    public Func<string, bool>? IsIgnored { get; init; }
}

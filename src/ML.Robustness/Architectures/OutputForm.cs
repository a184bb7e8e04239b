namespace ML.Robustness.Architectures;

/// <summary>What a network from elsewhere returns, where it is not logits (N, K).</summary>
[Flags]
internal enum OutputForm : byte
{
    Logits = 0,

    /// <summary>Probabilities, of which the logarithm is taken.</summary>
    Probabilities = 1,

    /// <summary>Maps of one pixel, (N, K, 1, 1).</summary>
    Maps = 2,

    /// <summary>One number a row, (N, 1) or (N): that of the second of two classes.</summary>
    SecondClass = 4,
}

namespace ML.Robustness.Layers;

/// <summary>A network without layers that could be named.</summary>
internal interface INetworkOfOnePiece
{
    /// <summary>Why it has none, and what to do, as sentences of an error.</summary>
    string WhyWithoutLayers { get; }
}

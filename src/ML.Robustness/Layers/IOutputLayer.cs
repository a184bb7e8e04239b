namespace ML.Robustness.Layers;

/// <summary>A layer that makes logits of a network's outputs; layers are looked for in the network before it.</summary>
internal interface IOutputLayer;

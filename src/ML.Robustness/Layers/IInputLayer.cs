namespace ML.Robustness.Layers;

/// <summary>A layer that prepares inputs; layers are looked for in the network after it.</summary>
internal interface IInputLayer;

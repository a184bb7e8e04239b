using ML.Robustness.Data;

namespace ML.Robustness.Onnx.Graph;

/// <summary>What is read of a graph.</summary>
/// <param name="Input">The input; null for the only one that the output depends on.</param>
/// <param name="Output">The output; null for the only one.</param>
/// <param name="Row">The shape of one row; null for the one that the file declares.</param>
/// <param name="ReadsLogits">Whether a softmax of the classes at the end is left out.</param>
internal sealed record GraphChoice(string? Input, string? Output, InputShape? Row, bool ReadsLogits);

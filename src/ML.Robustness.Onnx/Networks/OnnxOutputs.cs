namespace ML.Robustness.Onnx.Networks;

/// <summary>What the outputs of an ONNX network are.</summary>
public enum OnnxOutputs
{
    /// <summary>The graph's output, as it is.</summary>
    Values,

    /// <summary>The logits before a softmax, which ends the graph and is left out: predictions are the same.</summary>
    LogitsBeforeSoftmax,
}

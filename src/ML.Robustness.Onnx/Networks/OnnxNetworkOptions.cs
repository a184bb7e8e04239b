using ML.Robustness.Data;

namespace ML.Robustness.Onnx.Networks;

/// <summary>Which part of an ONNX graph is read.</summary>
public sealed class OnnxNetworkOptions
{
    /// <summary>The input.</summary>
    /// <value>The default is null: the only input that the output depends on.</value>
    public string? InputName { get; init; }

    /// <summary>The output; operators that it does not depend on are left out.</summary>
    /// <value>The default is null: the only output of the graph. A value within the graph may be named, too.</value>
    public string? OutputName { get; init; }

    /// <summary>
    /// The shape of one row, in place of the one that the file declares: a convolutional graph, up to its last feature maps,
    /// takes images of other sizes than it was exported with.
    /// </summary>
    /// <value>
    /// The default is null: the shape that the file declares. A node that needs that shape fails in the first pass.
    /// </value>
    public InputShape? InputShape { get; init; }
}

using Onnx;

namespace ML.Robustness.Onnx.Graph;

/// <summary>The linear layer at the end of a graph: Gemm, or MatMul with or without an Add.</summary>
internal static class LinearEnd
{
    /// <summary>The value that the layer reads; null where the graph ends otherwise.</summary>
    /// <param name="nodes">The nodes of the graph.</param>
    /// <param name="output">The graph's output.</param>
    /// <param name="isConstant">Whether a value is the same in each run.</param>
    internal static string? InputOf(List<NodeProto> nodes, string output, Predicate<string> isConstant)
    {
        var last = MakerOf(nodes, output);
        while (last is { OpType: "Identity", Input.Count: 1 })
            last = MakerOf(nodes, last.Input[0]);
        if (last is { OpType: "Add", Input.Count: 2 })
        {
            var product = last.Input.Where(name => !isConstant(name)).ToArray();
            last = product.Length == 1 && MakerOf(nodes, product[0]) is { OpType: "MatMul" } maker ? maker : null;
        }
        return last is { OpType: "Gemm" or "MatMul", Input.Count: >= 2 } && isConstant(last.Input[1])
            && !last.Attribute.Any(attribute => attribute.Name == "transA" && attribute.I != 0)
                ? last.Input[0]
                : null;
    }

    private static NodeProto? MakerOf(List<NodeProto> nodes, string name) => nodes.Find(node => node.Output.Contains(name));
}

using ML.Robustness.Onnx.Nodes;
using Onnx;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Every operator that is supported.</summary>
internal static class OperatorTable
{
    /// <summary>The operators of ai.onnx.ml, which ML.NET's export writes, have a version of their own.</summary>
    internal const string MachineLearning = "ai.onnx.ml";

    private static readonly Dictionary<string, OperatorDefinition> Known = new OperatorDefinition[][]
    {
        ActivationOperators.All, ArithmeticOperators.All, ConvolutionOperators.All, IndexingOperators.All, LinearOperators.All,
        NormalizationOperators.All, PoolingOperators.All, ReductionOperators.All, ResizeOperators.All, ShapeOperators.All,
        LinearModelOperators.All, FeatureOperators.All, TreeOperators.All,
    }.SelectMany(group => group).ToDictionary(definition => definition.Name, StringComparer.Ordinal);

    /// <summary>The names, with the first opset of each.</summary>
    internal static IEnumerable<OperatorDefinition> All => Known.Values;

    internal static OperatorDefinition Find(NodeProto node, long opset)
    {
        var domain = node.Domain is "" or "ai.onnx" ? "" : node.Domain;
        var name = domain.Length > 0 ? $"{domain}.{node.OpType}" : node.OpType;
        if (!Known.TryGetValue(name, out var definition))
            throw new NotSupportedException(
                $"The operator {name} of {NodeReader.NameOf(node)}, opset {opset}, is not supported. Export the network "
                + "without it, name an output before it (OnnxNetworkOptions.OutputName), or attack the model by its scores.");
        if (domain.Length == 0 && opset < definition.FirstOpset)
            throw new InvalidDataException(
                $"{NodeReader.NameOf(node)} is an operator since opset {definition.FirstOpset}, but the model "
                    + $"says {opset}.");
        return definition;
    }
}

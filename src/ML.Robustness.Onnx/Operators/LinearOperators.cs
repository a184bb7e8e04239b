using ML.Robustness.Onnx.Nodes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Products of matrices.</summary>
internal static class LinearOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of("MatMul", 2, _ => x => x[0].matmul(x[1])) with { Weights = [0, 1] },
        OperatorDefinition.Of("Gemm", 2, Product) with { Weights = [1, 2] },
        OperatorDefinition.Of("Einsum", 1, node =>
        {
            var equation = node.Text("equation", "");
            return x => einsum(equation, x);
        }, 12),
    ];

    private static Func<Tensor[], Tensor> Product(NodeReader node)
    {
        var (alpha, beta) = (node.Number("alpha", 1), node.Number("beta", 1));
        var (turnsFirst, turnsSecond) = (node.Flag("transA", false), node.Flag("transB", false));
        return inputs =>
        {
            var (x, weight, bias) = (inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);
            if (x.dim() != 2 || weight.dim() != 2)
                throw node.Damaged($"multiplies values of {x.dim()} and {weight.dim()} axes: expected matrices");
            if (turnsFirst)
                x = x.t();
            // The usual layer: x · weightᵀ + bias.
            if (alpha == 1 && beta == 1
                && (bias is null || (bias.dim() == 1 && bias.shape[0] == weight.shape[turnsSecond ? 0 : 1])))
                return functional.linear(x, turnsSecond ? weight : weight.t(), bias);
            var product = x.matmul(turnsSecond ? weight.t() : weight).mul(alpha);
            return bias is null ? product : product.add(bias.mul(beta));
        };
    }
}

using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Products of matrices.</summary>
internal static class LinearOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of("MatMul", 2, _ => x => Values.Product(x[0], x[1])) with { Weights = [0, 1] },
        OperatorDefinition.Of("Gemm", 2, Product) with { Weights = [1, 2] },
        OperatorDefinition.Of("Einsum", 1, node =>
        {
            var equation = node.Text("equation", "");
            return x =>
            {
                CheckEinsum(equation, x);
                return einsum(equation, x);
            };
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
            var product = Values.Product(x, turnsSecond ? weight.t() : weight).mul(Kept(alpha));
            if (bias is null)
                return product;
            Values.CheckBroadcast(product, bias);
            return product.add(bias.mul(Kept(beta)), One);
        };
    }

    // The sizes of a result whose letters are given; libtorch checks the rest of the equation.
    private static void CheckEinsum(string equation, Tensor[] x)
    {
        var sides = equation.Replace(" ", "", StringComparison.Ordinal).Split("->");
        var terms = sides[0].Split(',');
        var sizes = new Dictionary<char, long>();
        for (var i = 0; i < Math.Min(terms.Length, x.Length); i++)
        {
            var (shape, term) = (x[i].shape, terms[i]);
            for (var place = 0; place < term.Length && term[place] != '.'; place++)
                Keep(term[place], place);
            for (var place = 1; place <= term.Length && term[^place] != '.'; place++)
                Keep(term[^place], shape.Length - place);
            void Keep(char letter, int axis)
            {
                if (axis >= 0 && axis < shape.Length)
                    sizes[letter] = Math.Max(shape[axis], sizes.GetValueOrDefault(letter, 1));
            }
        }
        var letters = sides.Length > 1 ? sides[1] : string.Concat(sizes.Keys.Where(
            letter => terms.Sum(term => term.Count(other => other == letter)) == 1));
        Values.CheckSizes([.. letters.Where(sizes.ContainsKey).Select(letter => sizes[letter])]);
    }
}

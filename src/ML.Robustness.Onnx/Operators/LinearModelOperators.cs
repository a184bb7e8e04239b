using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Linear models (ai.onnx.ml).</summary>
internal static class LinearModelOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        new($"{OperatorTable.MachineLearning}.LinearClassifier", 1, 1, Classifier),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.LinearRegressor", 1, Regressor),
    ];

    /// <summary>What follows the scores of a model.</summary>
    internal static Func<Tensor, Tensor> After(NodeReader node)
    {
        var name = node.Text("post_transform", "NONE");
        return name switch
        {
            "NONE" => scores => scores,
            "SOFTMAX" => scores => scores.softmax(-1),
            "LOGISTIC" => scores => scores.sigmoid(),
            "SOFTMAX_ZERO" => scores =>
            {
                var zero = scores.eq(Kept(0));
                return scores.masked_fill(zero, Kept(double.NegativeInfinity)).softmax(-1).masked_fill(zero, Kept(0));
            }
            ,
            _ => throw node.Unsupported($"the post_transform '{name}'"),
        };
    }

    private static Operation Classifier(NodeReader node)
    {
        var coefficients = node.Required(node.Numbers("coefficients"), "coefficients");
        var labels = node.Integers("classlabels_ints")?.Length ?? node.Texts("classlabels_strings")?.Length
            ?? throw node.Damaged("lacks its class labels");
        var transform = node.Text("post_transform", "NONE");
        var after = After(node);
        node.Ignore("multi_class", "classlabels_ints", "classlabels_strings");
        var intercepts = node.Numbers("intercepts");
        var rows = intercepts?.Length ?? labels;
        var (weights, bias) = Matrix(node, coefficients, intercepts, rows);
        return (x, _) =>
        {
            var scores = Scores(x[0], weights, bias, rows);
            // One row of coefficients for two classes: the score of the second, and what is left for the first.
            if (rows == 1 && labels == 2)
            {
                var second = transform == "LOGISTIC" ? scores.sigmoid() : scores;
                return [null, cat([second.neg().add(Kept(1), One), second], 1)];
            }
            return [null, after(scores)];
        };
    }

    private static Func<Tensor[], Tensor> Regressor(NodeReader node)
    {
        var coefficients = node.Required(node.Numbers("coefficients"), "coefficients");
        var rows = checked((int)node.Integer("targets", 1));
        var after = After(node);
        var (weights, bias) = Matrix(node, coefficients, node.Numbers("intercepts"), rows);
        return x => after(Scores(x[0], weights, bias, rows));
    }

    private static (float[] Weights, float[]? Bias) Matrix(NodeReader node, float[] coefficients, float[]? intercepts,
        int rows) =>
        rows > 0 && coefficients.Length % rows == 0 && (intercepts is null || intercepts.Length == rows)
            ? (coefficients, intercepts)
            : throw node.Damaged(
                $"has {coefficients.Length} coefficients and {intercepts?.Length ?? 0} intercepts for {rows} rows");

    private static Tensor Scores(Tensor x, float[] weights, float[]? bias, int rows)
    {
        Tensor Of(float[] values) => tensor(values, dtype: ScalarType.Float32, device: CPU).to(x.dtype).to(x.device);
        return functional.linear(x, Of(weights).view(rows, -1), bias is null ? null : Of(bias));
    }
}

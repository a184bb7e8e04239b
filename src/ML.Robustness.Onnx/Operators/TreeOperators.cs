using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Ensembles of trees (ai.onnx.ml): scores without gradients.</summary>
internal static class TreeOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        new($"{OperatorTable.MachineLearning}.TreeEnsembleClassifier", 1, 1, node =>
        {
            var labels = node.Integers("classlabels_int64s")?.Length ?? node.Texts("classlabels_strings")?.Length
                ?? throw node.Damaged("lacks its class labels");
            var (trees, transform, after) = (TreeEnsemble.Read(node, "class", labels), node.Text("post_transform", "NONE"),
                LinearModelOperators.After(node));
            return (x, _) =>
            {
                var scores = trees.Scores(x[0]);
                if (labels != 2 || !trees.IsOfFirstTarget)
                    return [null, after(scores)];
                // Leaves of the first target alone: their sum is the score of the second class.
                var second = transform == "LOGISTIC" ? scores.narrow(1, 0, 1).sigmoid() : scores.narrow(1, 0, 1);
                var first = transform == "LOGISTIC" || trees.IsProbability ? second.neg().add(Kept(1), One) : second.neg();
                return [null, cat([first, second], 1)];
            };
        }),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.TreeEnsembleRegressor", 1, node =>
        {
            var trees = TreeEnsemble.Read(node, "target", checked((int)node.Integer("n_targets", 1)));
            var after = LinearModelOperators.After(node);
            return x => after(trees.Scores(x[0]));
        }),
    ];
}

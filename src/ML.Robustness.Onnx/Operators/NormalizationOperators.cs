using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Normalisations.</summary>
internal static class NormalizationOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of("BatchNormalization", 5, Batch) with { Weights = [1, 2] },
        OperatorDefinition.Of("InstanceNormalization", 3, node =>
        {
            var epsilon = node.Number("epsilon", 1e-5);
            return x => functional.instance_norm(x[0], null, null, x[1], x[2], true, 0, epsilon);
        }) with { Weights = [1, 2] },
        OperatorDefinition.Of("LayerNormalization", 2, Layer, 17) with { Weights = [1, 2] },
        OperatorDefinition.Of("GroupNormalization", 3, Group, 18) with { Weights = [1, 2] },
        OperatorDefinition.Of("LRN", 1, LocalResponse),
        OperatorDefinition.Of("LpNormalization", 1, node =>
        {
            var (axis, p) = (node.Integer("axis", -1), node.Integer("p", 2));
            if (p is not (1 or 2))
                throw node.Damaged($"has p = {p}");
            return x =>
            {
                var norm = linalg.norm(x[0], (double)p, [Values.Axis(axis, x[0].dim(), node)], true);
                // Zeros stay zeros.
                return x[0].div(norm.where(norm.ne(Kept(0)), ones_like(norm)));
            };
        }),
    ];

    private static Func<Tensor[], Tensor> Batch(NodeReader node)
    {
        var epsilon = node.Number("epsilon", 1e-5);
        node.Ignore("momentum");
        if (node.Integer("spatial", 1) != 1)
            throw node.Unsupported("spatial = 0");
        if (node.Flag("training_mode", false) || node.HasOutput(1))
            throw node.Unsupported("statistics of the batch (training_mode)");
        return x => functional.batch_norm(x[0], x[3], x[4], x[1], x[2], false, 0, epsilon);
    }

    private static Func<Tensor[], Tensor> Layer(NodeReader node)
    {
        var (axis, epsilon) = (node.Integer("axis", -1), node.Number("epsilon", 1e-5));
        node.Ignore("stash_type");
        if (node.HasOutput(1))
            throw node.Unsupported("mean and deviation as outputs");
        return x =>
        {
            var first = Values.Axis(axis, x[0].dim(), node);
            return functional.layer_norm(x[0], x[0].shape[first..], x[1], x.Length > 2 ? x[2] : null, epsilon);
        };
    }

    private static Func<Tensor[], Tensor> Group(NodeReader node)
    {
        var (groups, epsilon) = (node.Integer("num_groups", 0), node.Number("epsilon", 1e-5));
        node.Ignore("stash_type");
        if (groups < 1)
            throw node.Damaged($"has {groups} groups");
        // Until opset 20 a scale and a bias for each group, since then for each channel.
        return x =>
        {
            var repeats = node.Opset < 21 ? x[0].shape[1] / groups : 1;
            return functional.group_norm(x[0], groups, x[1].repeat_interleave(repeats), x[2].repeat_interleave(repeats), epsilon);
        };
    }

    private static Func<Tensor[], Tensor> LocalResponse(NodeReader node)
    {
        var size = node.Integer("size", 0);
        var (alpha, beta, bias) = (node.Number("alpha", 1e-4), node.Number("beta", 0.75), node.Number("bias", 1));
        if (size < 1 || size % 2 == 0)
            throw node.Unsupported($"the size {size}: expected an odd one");
        return x =>
        {
            var channels = x[0].shape[1];
            // Beyond the channels there are zeros only.
            var around = Math.Min(size / 2, channels);
            var squares = x[0].pow(Kept(2)).movedim([1], [-1L]);
            squares = functional.pad(squares, [around, around]);
            var sum = squares.narrow(-1, 0, channels);
            for (var place = 1; place <= 2 * around; place++)
                sum = sum.add(squares.narrow(-1, place, channels), One);
            return x[0].div(sum.movedim([-1L], [1]).mul(Kept(alpha / size)).add(Kept(bias), One).pow(Kept(beta)));
        };
    }
}

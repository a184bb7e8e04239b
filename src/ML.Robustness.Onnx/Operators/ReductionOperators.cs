using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Reductions over axes.</summary>
internal static class ReductionOperators
{
    private const long AxesAsInputOfSum = 13, AxesAsInput = 18;

    internal static readonly OperatorDefinition[] All =
    [
        Reduce("ReduceMean", (x, axes, keep) => x.mean(axes, keep)), Reduce("ReduceSum", (x, axes, keep) => x.sum(axes, keep)),
        Reduce("ReduceMax", (x, axes, keep) => x.amax(axes, keep)), Reduce("ReduceMin", (x, axes, keep) => x.amin(axes, keep)),
        Reduce("ReduceL1", (x, axes, keep) => x.abs().sum(axes, keep)),
        Reduce("ReduceL2", Norm),
        Reduce("ReduceSumSquare", (x, axes, keep) => x.pow(Kept(2)).sum(axes, keep)),
        Reduce("ReduceLogSum", (x, axes, keep) => x.sum(axes, keep).log()), Reduce("ReduceLogSumExp", LogSumExp),
        Reduce("ReduceProd", (x, axes, keep) =>
        {
            foreach (var axis in axes.OrderDescending())
                x = x.prod(axis, keep);
            return x;
        }),
        Extreme("ArgMax", x => x), Extreme("ArgMin", x => x.neg()),
        OperatorDefinition.Of("CumSum", 2, node =>
        {
            var axis = node.ConstantIntegers(1, "an axis")[0];
            if (node.Flag("exclusive", false) || node.Flag("reverse", false))
                throw node.Unsupported("exclusive or reverse sums");
            return x => x[0].cumsum(Values.Axis(axis, x[0].dim(), node));
        }, 11),
    ];

    // linalg.norm takes two axes at most: more are joined to one.
    private static Tensor Norm(Tensor x, long[] axes, bool keep)
    {
        if (axes.Length <= 2)
            return linalg.norm(x, axes, keep);
        long[] others = [.. Enumerable.Range(0, (int)x.dim()).Select(axis => (long)axis).Except(axes)];
        var norms = linalg.norm(x.permute([.. others, .. axes]).flatten(others.Length), [-1L]);
        return keep ? norms.view([.. x.shape.Select((size, axis) => axes.Contains(axis) ? 1 : size)]) : norms;
    }

    private static OperatorDefinition Reduce(string name, Func<Tensor, long[], bool, Tensor> compute) =>
        OperatorDefinition.Of(name, 1, node =>
        {
            var keeps = node.Flag("keepdims", true);
            var isInput = node.Opset >= (name == "ReduceSum" ? AxesAsInputOfSum : AxesAsInput);
            var given = isInput ? (node.HasInput(1) ? node.ConstantIntegers(1, "axes") : null) : node.Integers("axes");
            var doesNothing = isInput && node.Flag("noop_with_empty_axes", false);
            return x =>
            {
                var rank = (int)x[0].dim();
                if (given is null or { Length: 0 } && doesNothing)
                    return x[0].alias();
                long[] axes = given is null or { Length: 0 }
                    ? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)]
                    : [.. given.Select(axis => (long)Values.Axis(axis, rank, node))];
                return rank == 0 ? compute(x[0].reshape(1), [0], false) : compute(x[0], axes, keeps);
            };
        });

    private static OperatorDefinition Extreme(string name, Func<Tensor, Tensor> signed) => OperatorDefinition.Of(name, 1, node =>
    {
        var (axis, keeps) = (node.Integer("axis", 0), node.Flag("keepdims", true));
        if (node.Flag("select_last_index", false))
            throw node.Unsupported("select_last_index");
        return x => signed(x[0]).argmax(Values.Axis(axis, x[0].dim(), node), keeps);
    });

    private static Tensor LogSumExp(Tensor x, long[] axes, bool keep)
    {
        var largest = x.detach().amax(axes, true);
        largest = largest.where(largest.isfinite(), zeros_like(largest));
        var sum = x.sub(largest).exp().sum(axes, true).log().add(largest, One);
        return keep ? sum : axes.OrderDescending().Aggregate(sum, (value, axis) => value.squeeze(axis));
    }
}

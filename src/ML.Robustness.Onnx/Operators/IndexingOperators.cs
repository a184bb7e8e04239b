using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Operators that choose values by their places.</summary>
internal static class IndexingOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of("Slice", 1, Slice) with { Sizes = [1, 2, 3, 4] },
        OperatorDefinition.Of("Gather", 2, node =>
        {
            var axis = node.Integer("axis", 0);
            return x =>
            {
                var along = Values.Axis(axis, x[0].dim(), node);
                var (shape, places) = (x[0].shape, Places(x[1], x[0], along, node));
                Values.CheckSizes([.. shape[..along], .. x[1].shape, .. shape[(along + 1)..]]);
                var chosen = x[0].index_select(along, Values.On(places.flatten(), x[0]));
                return chosen.reshape([.. shape[..along], .. x[1].shape, .. shape[(along + 1)..]]);
            };
        }) with { Weights = [0] },
        OperatorDefinition.Of("GatherElements", 2, node =>
        {
            var axis = node.Integer("axis", 0);
            return x =>
            {
                var along = Values.Axis(axis, x[0].dim(), node);
                return x[0].gather(along, Values.On(Places(x[1], x[0], along, node), x[0]));
            };
        }, 11),
        OperatorDefinition.Of("Pad", 1, Pad) with { Sizes = [1] },
    ];

    private static Func<Tensor[], Tensor> Slice(NodeReader node)
    {
        var isAttribute = node.Opset < 10;
        var (starts, ends, axes, steps) = isAttribute
            ? (node.Required(node.Integers("starts"), "starts"), node.Required(node.Integers("ends"), "ends"),
                node.Integers("axes"), null)
            : (node.ConstantIntegersOrNull(1), node.ConstantIntegersOrNull(2), node.ConstantIntegersOrNull(3),
                node.ConstantIntegersOrNull(4));
        return x =>
        {
            long[]? Given(int place, long[]? known) =>
                known ?? (!isAttribute && place < x.Length && x[place] is not null ? Values.Integers(x[place]) : null);
            var (first, last) = (Given(1, starts), Given(2, ends));
            if (first is null || last is null || first.Length != last.Length)
                throw node.Damaged("needs as many starts as ends");
            var along = Given(3, axes) ?? [.. Enumerable.Range(0, first.Length).Select(axis => (long)axis)];
            var by = Given(4, steps);
            if (along.Length != first.Length || (by is not null && by.Length != first.Length))
                throw node.Damaged("needs as many axes and steps as starts");
            var value = x[0].alias();
            for (var i = 0; i < first.Length; i++)
                value = Slice(value, Values.Axis(along[i], value.dim(), node), first[i], last[i], by?[i] ?? 1, node);
            return value;
        };
    }

    private static Tensor Slice(Tensor x, int axis, long start, long end, long step, NodeReader node)
    {
        var length = x.shape[axis];
        if (step == 0)
            throw node.Damaged("has a step of 0");
        long Place(long at, long least, long most) =>
            Math.Clamp(at < 0 ? Math.Max(at, long.MinValue + length) + length : at, least, most);
        if (step > 0)
        {
            var (first, last) = (Place(start, 0, length), Place(end, 0, length));
            return last <= first ? x.narrow(axis, 0, 0)
                : step == 1 ? x.narrow(axis, first, last - first) : x.slice(axis, first, last, step);
        }
        var places = new List<long>();
        for (var at = Place(start, 0, length - 1); at > Place(end, -1, length - 1); at += step)
            places.Add(at);
        return x.index_select(axis, Values.On(Values.OfIntegers([.. places]), x));
    }

    private static Func<Tensor[], Tensor> Pad(NodeReader node)
    {
        var mode = node.Text("mode", "constant");
        if (mode is not ("constant" or "reflect" or "edge" or "wrap"))
            throw node.Damaged($"has the mode '{mode}'");
        var isAttribute = node.Opset < 11;
        var given = isAttribute ? node.Required(node.Integers("pads"), "pads") : node.ConstantIntegersOrNull(1);
        var filling = isAttribute ? node.Number("value", 0)
            : node.HasInput(2) ? (node.Constant(2) ?? throw node.Unsupported("a computed value to fill with")) is var value
                ? Values.Numbers(value)[0] : 0 : 0;
        var axes = node.HasInput(3) ? node.ConstantIntegers(3, "axes") : null;
        return x =>
        {
            var pads = given ?? Values.Integers(x[1]);
            var rank = (int)x[0].dim();
            var along = axes ?? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
            if (pads.Length != 2 * along.Length)
                throw node.Damaged($"has {pads.Length} pads for {along.Length} axes");
            var (before, after) = (new long[rank], new long[rank]);
            for (var i = 0; i < along.Length; i++)
            {
                var axis = Values.Axis(along[i], rank, node);
                (before[axis], after[axis]) = (pads[i], pads[i + along.Length]);
            }
            Values.CheckSizes([.. x[0].shape.Select((size, axis) => checked(size + before[axis] + after[axis]))]);
            // Pads below zero cut.
            if (mode == "constant")
                return Window.Pad(x[0], before, after, filling);
            var padded = x[0].alias();
            for (var axis = 0; axis < rank; axis++)
            {
                if (before[axis] != 0 || after[axis] != 0)
                    padded = padded.index_select(axis,
                        Values.On(Values.OfIntegers(Sources(x[0].shape[axis], before[axis], after[axis], mode, node)), padded));
            }
            return padded;
        };
    }

    /// <summary>Where each value of a padded axis comes from.</summary>
    private static long[] Sources(long length, long before, long after, string mode, NodeReader node)
    {
        if (length < 1 || (mode == "reflect" && (before >= length || after >= length)))
            throw node.Damaged($"reflects {Math.Max(before, after)} of {length} values");
        var sources = new long[before + length + after];
        for (var i = 0; i < sources.Length; i++)
        {
            var at = i - before;
            sources[i] = mode switch
            {
                "edge" => Math.Clamp(at, 0, length - 1),
                "wrap" => (at % length + length) % length,
                _ => at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at,
            };
        }
        return sources;
    }

    // Negative places count from the end; those beyond it would be read from foreign memory.
    private static Tensor Places(Tensor places, Tensor x, int axis, NodeReader node)
    {
        var length = x.shape[axis];
        var counted = places.to(ScalarType.Int64);
        if (counted.numel() > 0 && (counted.min().cpu().item<long>() < -length || counted.max().cpu().item<long>() >= length))
            throw node.Damaged($"asks for places that an axis of {length} values does not have");
        return counted.where(counted.ge(Kept(0)), counted.add(Kept(length), One));
    }
}

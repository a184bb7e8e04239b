using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Operators that change shapes, or compute with them.</summary>
internal static class ShapeOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        new("Reshape", 7, 2, Reshape) { Sizes = [1] },
        OperatorDefinition.Of("Flatten", 1, node =>
        {
            var axis = node.Integer("axis", 1);
            return x =>
            {
                var (shape, rank) = (x[0].shape, x[0].dim());
                var first = axis == rank ? (int)rank : Values.Axis(axis, rank, node);
                return x[0].reshape(Product(shape[..first]), Product(shape[first..]));
            };
        }),
        OperatorDefinition.Of("Transpose", 1, node =>
        {
            var order = node.Integers("perm");
            return x => x[0].permute(order ?? [.. Enumerable.Range(0, (int)x[0].dim()).Reverse().Select(axis => (long)axis)]);
        }),
        OperatorDefinition.Of("Squeeze", 1, node => Axes(node, (x, axes) =>
        {
            axes ??= [.. Enumerable.Range(0, x.shape.Length).Where(axis => x.shape[axis] == 1)];
            foreach (var axis in axes.OrderDescending())
            {
                if (x.shape[axis] != 1)
                    throw node.Damaged($"squeezes axis {axis}, which has {x.shape[axis]} values");
            }
            return axes.OrderDescending().Aggregate(x.alias(), (value, axis) => value.squeeze(axis));
        }, added: false)),
        OperatorDefinition.Of("Unsqueeze", 1, node => Axes(node, (x, axes) =>
            node.Required(axes, "axes").Order().Aggregate(x.alias(), (value, axis) => value.unsqueeze(axis)), added: true)),
        OperatorDefinition.Of("Concat", 1, node =>
        {
            var axis = node.Integer("axis", 1);
            return x =>
            {
                var first = x.FirstOrDefault(value => value.is_floating_point()) ?? x[0];
                var along = Values.Axis(axis, x[0].dim(), node);
                if (x.Any(value => value.dim() != x[0].dim()))
                    throw node.Damaged("joins values of different numbers of axes");
                var shape = x[0].shape;
                shape[along] = x.Sum(value => value.shape[along]);
                Values.CheckSizes(shape);
                return cat([.. x.Select(value => Values.On(value, first))], along);
            };
        }),
        new("Split", 7, 1, Split),
        OperatorDefinition.Of("Expand", 2, _ => x =>
        {
            var (shape, wanted) = (x[0].shape, Values.Integers(x[1]));
            var rank = Math.Max(shape.Length, wanted.Length);
            // A size of one gives way, on either side.
            return x[0].expand(Values.CheckSizes([.. Enumerable.Range(0, rank).Select(axis =>
            {
                var own = axis - rank + shape.Length is >= 0 and var place ? shape[place] : 1;
                return own == 1 && axis - rank + wanted.Length is >= 0 and var other ? wanted[other] : own;
            })]));
        }, 8) with { Sizes = [1] },
        OperatorDefinition.Of("Tile", 2, node => x =>
        {
            var (shape, repeats) = (x[0].shape, Values.Integers(x[1]));
            if (repeats.Length != shape.Length || repeats.Any(count => count is < 0 or > int.MaxValue))
                throw node.Damaged($"repeats the {shape.Length} axes of its input [{string.Join(", ", repeats)}] times");
            Values.CheckSizes([.. shape.Zip(repeats, (size, count) => size * count)]);
            return x[0].repeat(repeats);
        }) with { Sizes = [1] },
        OperatorDefinition.Of("Shape", 1, node =>
        {
            var (start, end) = (node.Integer("start", 0), node.Integer("end", long.MaxValue));
            return x =>
            {
                var shape = x[0].shape;
                int Place(long at) => (int)Math.Clamp(at < 0 ? at + shape.Length : at, 0, shape.Length);
                return Values.OfIntegers(Place(start) < Place(end) ? shape[Place(start)..Place(end)] : []);
            };
        }) with { ReadsSizesOnly = true },
        OperatorDefinition.Of("Size", 1, _ => x => Values.OfIntegers([x[0].numel()]).squeeze(0)) with { ReadsSizesOnly = true },
        OperatorDefinition.Of("Constant", 0, Constant),
        OperatorDefinition.Of("ConstantOfShape", 1, node =>
        {
            using var given = node.Tensor("value");
            var isReal = given is null || given.is_floating_point();
            var real = given is not null && isReal ? Values.Numbers(given)[0] : 0;
            var integer = isReal ? 0 : Values.Integers(given!)[0];
            var type = given?.dtype ?? ScalarType.Float32;
            return x => full(Values.CheckSizes(Values.Integers(x[0])), isReal ? Kept(real) : Kept(integer), type, CPU);
        }, 9) with { Sizes = [0] },
        OperatorDefinition.Of("Range", 3, _ => x =>
        {
            if (x[0].is_floating_point())
            {
                var (from, to, by) = (Values.Numbers(x[0])[0], Values.Numbers(x[1])[0], Values.Numbers(x[2])[0]);
                var length = Math.Ceiling(((double)to - from) / by);
                Values.CheckSizes(double.IsFinite(length) && length < int.MaxValue ? Math.Max(0, (long)length) : -1);
                return length <= 0 ? empty([0L], ScalarType.Float32, CPU)
                    : arange(Kept(from), Kept(to), Kept(by), ScalarType.Float32, CPU);
            }
            var (start, end, step) = (Values.Integers(x[0])[0], Values.Integers(x[1])[0], Values.Integers(x[2])[0]);
            var count = step == 0 ? -1 : ((Int128)end - start + step - Math.Sign(step)) / step;
            Values.CheckSizes(count > int.MaxValue || step == 0 ? -1 : Math.Max(0, (long)count));
            return count <= 0 ? empty([0L], ScalarType.Int64, CPU)
                : arange(Kept(start), Kept(end), Kept(step), ScalarType.Int64, CPU);
        }, 11) with { Sizes = [0, 1, 2] },
        OperatorDefinition.Of("DepthToSpace", 1, node =>
        {
            var (size, mode) = (node.Integer("blocksize", 1), node.Text("mode", "DCR"));
            if (mode is not ("DCR" or "CRD"))
                throw node.Damaged($"has the mode '{mode}'");
            return x =>
            {
                var shape = x[0].shape;
                CheckBlocks(node, shape, size);
                var (channels, height, width) = (shape[1] / (size * size), shape[2], shape[3]);
                return (mode == "DCR"
                    ? x[0].reshape(shape[0], size, size, channels, height, width).permute(0, 3, 4, 1, 5, 2)
                    : x[0].reshape(shape[0], channels, size, size, height, width).permute(0, 1, 4, 2, 5, 3))
                    .reshape(shape[0], channels, height * size, width * size);
            };
        }),
        OperatorDefinition.Of("SpaceToDepth", 1, node =>
        {
            var size = node.Integer("blocksize", 1);
            return x =>
            {
                var shape = x[0].shape;
                CheckBlocks(node, shape, size);
                var (height, width) = (shape[2] / size, shape[3] / size);
                return x[0].reshape(shape[0], shape[1], height, size, width, size).permute(0, 3, 5, 1, 2, 4)
                    .reshape(shape[0], shape[1] * size * size, height, width);
            };
        }),
    ];

    private static void CheckBlocks(NodeReader node, long[] shape, long size)
    {
        if (shape.Length != 4 || size is < 1 or > ushort.MaxValue)
            throw node.Damaged($"has a blocksize of {size} for inputs of {shape.Length} axes: expected 1 or more, and 4 axes");
    }

    private static Operation Reshape(NodeReader node)
    {
        var keepsZeros = node.Flag("allowzero", false);
        return (inputs, batch) =>
        {
            var (x, wanted) = (inputs[0], Values.Integers(inputs[1]));
            var shape = x.shape;
            for (var axis = 0; axis < wanted.Length; axis++)
            {
                if (wanted[axis] == 0 && !keepsZeros)
                    wanted[axis] = axis < shape.Length
                        ? shape[axis] : throw node.Damaged($"copies size {axis} of a value of {shape.Length} axes");
            }
            // Files that declare a batch of one write it into their reshapes, too.
            if (batch.Declared > 0 && batch.Rows != batch.Declared && wanted.Length > 0 && shape.Length > 0
                && wanted[0] == batch.Declared && shape[0] == batch.Rows)
                wanted[0] = batch.Rows;
            return [x.reshape(wanted)];
        };
    }

    private static Operation Split(NodeReader node)
    {
        var axis = node.Integer("axis", 0);
        var sizes = node.Opset < 13 ? node.Integers("split") : node.HasInput(1) ? node.ConstantIntegers(1, "sizes") : null;
        var count = node.Opset >= 18 ? node.Integer("num_outputs", node.Outputs) : node.Outputs;
        if (count < 1 || count != node.Outputs || (sizes is not null && sizes.Length != count))
            throw node.Damaged($"splits into {sizes?.Length ?? count} parts, but has {node.Outputs} outputs");
        return (x, _) =>
        {
            var along = Values.Axis(axis, x[0].dim(), node);
            var length = x[0].shape[along];
            if (sizes is null && node.Opset < 18 && length % count != 0)
                throw node.Damaged($"splits {length} values into {count} equal parts");
            var each = (length + count - 1) / count;
            var parts = sizes ?? [.. Enumerable.Range(0, (int)count).Select(part => Math.Min(each, length - part * each))];
            if (parts.Sum() != length || parts.Any(part => part < 0))
                throw node.Damaged($"splits {length} values into [{string.Join(", ", parts)}]");
            var first = 0L;
            return [.. parts.Select(part =>
            {
                var value = x[0].narrow(along, first, part);
                first += part;
                return value;
            })];
        };
    }

    private static Func<Tensor[], Tensor> Axes(NodeReader node, Func<Tensor, int[]?, Tensor> compute, bool added)
    {
        var given = node.Opset < 13 ? node.Integers("axes") : node.HasInput(1) ? node.ConstantIntegers(1, "axes") : null;
        return x => compute(x[0], given is null ? null
            : [.. given.Select(axis => Values.Axis(axis, x[0].dim() + (added ? given.Length : 0), node))]);
    }

    private static Func<Tensor[], Tensor> Constant(NodeReader node)
    {
        Tensor? value = null;
        if (node.Has("value"))
            value = node.Tensor("value");
        else if (node.Has("value_float"))
            value = tensor((float)node.Number("value_float", 0), dtype: ScalarType.Float32, device: CPU);
        else if (node.Has("value_floats"))
            value = tensor(node.Numbers("value_floats")!, dtype: ScalarType.Float32, device: CPU);
        else if (node.Has("value_int"))
            value = tensor(node.Integer("value_int", 0), dtype: ScalarType.Int64, device: CPU);
        else if (node.Has("value_ints"))
            value = Values.OfIntegers(node.Integers("value_ints")!);
        return value is null
            ? throw node.Unsupported("no value that is a tensor, a number or integers")
            : _ => value;
    }

    private static long Product(long[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}

using ML.Robustness.Onnx.Nodes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Convolutions of one to three axes.</summary>
internal static class ConvolutionOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of("Conv", 2, Convolution) with { Weights = [1, 2] },
        OperatorDefinition.Of("ConvTranspose", 2, Transposed) with { Weights = [1, 2] },
    ];

    private static Func<Tensor[], Tensor> Convolution(NodeReader node)
    {
        var window = Window.Read(node, needsKernel: false);
        var groups = node.Integer("group", 1);
        return inputs =>
        {
            var (x, weight, bias) = (inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);
            var shape = x.shape;
            var axes = CheckAxes(node, shape, weight);
            var (strides, dilations) = window.For(axes);
            var (before, after) = window.Pads(shape.AsSpan(2), weight.shape[2..]);
            window.CheckKernel(node, weight.shape[2..]);
            var sizes = shape[..];
            for (var axis = 0; axis < axes; axis++)
                sizes[axis + 2] += before[axis] + after[axis];
            Values.CheckSizes(sizes);
            (strides, dilations) = Window.Bounded(strides, dilations, weight.shape[2..], sizes[2..]);
            for (var axis = 0; axis < axes; axis++)
                sizes[axis + 2] = (sizes[axis + 2] - (weight.shape[axis + 2] - 1) * dilations[axis] - 1) / strides[axis] + 1;
            Values.CheckSizes([shape[0], weight.shape[0], .. sizes[2..]]);
            if (!before.AsSpan().SequenceEqual(after))
            {
                x = Window.Pad(x, before, after, 0);
                before = new long[axes];
            }
            return axes switch
            {
                1 => functional.conv1d(x, weight, bias, strides[0], before[0], dilations[0], groups),
                2 => functional.conv2d(x, weight, bias, strides, before, dilations, groups),
                _ => functional.conv3d(x, weight, bias, strides, before, dilations, groups),
            };
        };
    }

    private static Func<Tensor[], Tensor> Transposed(NodeReader node)
    {
        var window = Window.Read(node, needsKernel: false);
        var (groups, added, sizes) = (node.Integer("group", 1), node.Integers("output_padding"), node.Integers("output_shape"));
        var isUpper = node.Text("auto_pad", "NOTSET") == "SAME_UPPER";
        var isSame = node.Text("auto_pad", "NOTSET").StartsWith("SAME", StringComparison.Ordinal);
        return inputs =>
        {
            var (x, weight, bias) = (inputs[0], inputs[1], inputs.Length > 2 ? inputs[2] : null);
            var shape = x.shape;
            var axes = CheckAxes(node, shape, weight);
            var (strides, dilations) = window.For(axes);
            window.CheckKernel(node, weight.shape[2..]);
            var more = added ?? new long[axes];
            if (more.Length != axes || more.Any(size => size < 0) || (sizes is not null && sizes.Length < axes)
                || groups < 1 || groups > shape[1])
                throw node.Damaged("has an output_padding, an output_shape or groups that do not fit its input");
            Values.CheckSizes([shape[0], checked(weight.shape[1] * groups), .. Enumerable.Range(0, axes).Select(axis =>
                (shape[axis + 2] - 1) * strides[axis] + (weight.shape[axis + 2] - 1) * dilations[axis] + 1)]);
            // One value has no next one.
            long[] steps = [.. strides.Select((stride, axis) => shape[axis + 2] == 1 ? 1 : stride)];
            // The whole is computed, then cut: pads may differ, and the sizes be given.
            var whole = axes switch
            {
                1 => functional.conv_transpose1d(x, weight, bias, steps[0], 0, 0, dilations[0], groups),
                2 => functional.conv_transpose2d(x, weight, bias, steps, new long[2], new long[2], dilations, groups),
                _ => functional.conv_transpose3d(x, weight, bias, steps, new long[3], new long[3], dilations, groups),
            };
            var (before, after) = isSame || sizes is not null
                ? ([], [])
                : window.Pads(shape.AsSpan(2), weight.shape[2..]);
            for (var axis = 0; axis < axes; axis++)
            {
                var length = whole.shape[axis + 2];
                var wanted = sizes is not null ? sizes[^(axes - axis)] : isSame ? shape[axis + 2] * strides[axis]
                    : length + more[axis] - before[axis] - after[axis];
                var cut = length + more[axis] - wanted;
                var first = isSame || sizes is not null ? (isUpper ? cut / 2 : cut - cut / 2) : before[axis];
                if (wanted is < 1 or > int.MaxValue || first < 0)
                    throw node.Damaged($"makes {wanted} values of axis {axis + 2} from {shape[axis + 2]}");
                // What output_padding adds lies behind the last window: the bias alone.
                var missing = first + wanted - length;
                if (missing > 0)
                    whole = Extend(whole, axis + 2, missing, bias);
                whole = whole.narrow(axis + 2, first, wanted);
            }
            return whole.contiguous();
        };
    }

    private static Tensor Extend(Tensor x, int axis, long count, Tensor? bias)
    {
        var shape = x.shape;
        Values.CheckSizes([.. shape[..axis], shape[axis] + count, .. shape[(axis + 1)..]]);
        shape[axis] = count;
        var behind = bias is null
            ? zeros(shape, x.dtype, x.device)
            : bias.view([1, -1, .. Enumerable.Repeat(1L, shape.Length - 2)]).expand(shape);
        return cat([x, behind], axis);
    }

    // libtorch would take a row without a batch for one with it.
    private static int CheckAxes(NodeReader node, long[] shape, Tensor weight)
    {
        var axes = shape.Length - 2;
        return axes is >= 1 and <= 3 && weight.dim() == shape.Length
            ? axes
            : throw node.Damaged($"has inputs of {shape.Length} axes and a weight of {weight.dim()}");
    }
}

using ML.Robustness.Onnx.Nodes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Poolings of one to three axes.</summary>
internal static class PoolingOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of("MaxPool", 1, Maximum), OperatorDefinition.Of("AveragePool", 1, Average),
        OperatorDefinition.Of("GlobalAveragePool", 1, node => x => x[0].mean(Spatial(node, x[0]), true)),
        OperatorDefinition.Of("GlobalMaxPool", 1, node => x => x[0].amax(Spatial(node, x[0]), true)),
    ];

    private static Func<Tensor[], Tensor> Maximum(NodeReader node)
    {
        var window = Window.Read(node, needsKernel: true);
        var isCeiling = node.Flag("ceil_mode", false);
        node.Ignore("storage_order");
        if (node.HasOutput(1))
            throw node.Unsupported("the places of the maxima as its second output");
        return x => OnImages(node, x[0], window, (image, kernel, strides, dilations, before, after) =>
        {
            var extra = Extra(image.shape.AsSpan(2), kernel, strides, dilations, before, after, isCeiling);
            var isNative = extra.All(more => more == 0) && before.AsSpan().SequenceEqual(after)
                && before.Zip(kernel).All(pair => 2 * pair.First <= pair.Second);
            if (!isNative)
            {
                image = Window.Pad(image, before, [.. after.Zip(extra, (pad, more) => pad + more)], double.NegativeInfinity);
                before = new long[before.Length];
            }
            return kernel.Length == 2
                ? functional.max_pool2d(image, kernel, strides, before, dilations)
                : functional.max_pool3d(image, kernel, strides, before, dilations);
        });
    }

    private static Func<Tensor[], Tensor> Average(NodeReader node)
    {
        var window = Window.Read(node, needsKernel: true);
        var (isCeiling, countsPads) = (node.Flag("ceil_mode", false), node.Flag("count_include_pad", false));
        if (window.Dilations?.Any(dilation => dilation != 1) == true)
            throw node.Unsupported("dilations");
        return x => OnImages(node, x[0], window, (image, kernel, strides, dilations, before, after) =>
        {
            var extra = Extra(image.shape.AsSpan(2), kernel, strides, dilations, before, after, isCeiling);
            if (extra.All(more => more == 0) && before.AsSpan().SequenceEqual(after)
                && before.Zip(kernel).All(pair => 2 * pair.First <= pair.Second))
                return Pool(image, kernel, strides, before, countsPads);
            // Sums over zeros, divided by the values that count.
            long[] end = [.. after.Zip(extra, (pad, more) => pad + more)];
            var sizes = image.shape;
            var counted = ones([1, 1, .. sizes[2..]], image.dtype, image.device);
            if (countsPads)
                counted = Window.Pad(counted, before, after, 1);
            var none = new long[before.Length];
            counted = countsPads ? Window.Pad(counted, none, extra, 0) : Window.Pad(counted, before, end, 0);
            return Pool(Window.Pad(image, before, end, 0), kernel, strides, none, true)
                .div(Pool(counted, kernel, strides, none, true));
        });
    }

    private static Tensor Pool(Tensor image, long[] kernel, long[] strides, long[] pads, bool countsPads) => kernel.Length == 2
        ? functional.avg_pool2d(image, kernel, strides, pads, false, countsPads)
        : functional.avg_pool3d(image, kernel, strides, pads, false, countsPads);

    // Pools of one axis are those of images of one row.
    private static Tensor OnImages(
        NodeReader node, Tensor x, Window window, Func<Tensor, long[], long[], long[], long[], long[], Tensor> pool)
    {
        var shape = x.shape;
        var kernel = window.Kernel!;
        if (shape.Length != kernel.Length + 2 || kernel.Length > 3)
            throw node.Damaged($"has a window of {kernel.Length} axes for inputs of {shape.Length}");
        var (strides, dilations) = window.For(kernel.Length);
        var (before, after) = window.Pads(shape.AsSpan(2), kernel);
        long[] padded = [.. before.Zip(after, (first, last) => first + last).Zip(shape.Skip(2), (pads, size) => pads + size)];
        (strides, dilations) = Window.Bounded(strides, dilations, kernel, padded);
        return kernel.Length > 1
            ? pool(x, kernel, strides, dilations, before, after)
            : pool(x.unsqueeze(2), [1, .. kernel], [1, .. strides], [1, .. dilations], [0, .. before], [0, .. after]).squeeze(2);
    }

    /// <summary>The values behind the pads that the last window needs where sizes are rounded up.</summary>
    private static long[] Extra(
        ReadOnlySpan<long> sizes, long[] kernel, long[] strides, long[] dilations, long[] before, long[] after, bool isCeiling)
    {
        var extra = new long[sizes.Length];
        for (var axis = 0; isCeiling && axis < extra.Length; axis++)
        {
            var all = sizes[axis] + before[axis] + after[axis];
            var span = (kernel[axis] - 1) * dilations[axis] + 1;
            var outputs = (all - span + strides[axis] - 1) / strides[axis] + 1;
            // A window that would begin behind the values is left out.
            if ((outputs - 1) * strides[axis] >= sizes[axis] + before[axis])
                outputs--;
            extra[axis] = Math.Max(0, (outputs - 1) * strides[axis] + span - all);
        }
        return extra;
    }

    private static long[] Spatial(NodeReader node, Tensor x) => x.dim() > 2
        ? [.. Enumerable.Range(2, (int)x.dim() - 2).Select(axis => (long)axis)]
        : throw node.Damaged($"has inputs of {x.dim()} axes: expected (N, channels, …)");
}

using ML.Robustness.Onnx.Nodes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>The sliding window of a convolution or a pooling: sizes for each spatial axis.</summary>
internal sealed class Window
{
    // libtorch computes with 32 bits, and would divide by a stride of 2^32.
    private const long Most = 1 << 20;

    private readonly string _automatic;
    private readonly long[]? _pads;

    private Window(long[]? kernel, long[]? strides, long[]? dilations, long[]? pads, string automatic)
    {
        (Kernel, Strides, Dilations, _pads, _automatic) = (kernel, strides, dilations, pads, automatic);
    }

    /// <summary>The sizes of the window; null where a weight tells.</summary>
    internal long[]? Kernel { get; }

    internal long[]? Strides { get; }

    internal long[]? Dilations { get; }

    internal static Window Read(NodeReader node, bool needsKernel)
    {
        var kernel = node.Integers("kernel_shape");
        if (needsKernel)
            node.Required(kernel, "kernel_shape");
        var automatic = node.Text("auto_pad", "NOTSET");
        if (automatic is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"))
            throw node.Damaged($"has the auto_pad '{automatic}'");
        var window = new Window(kernel, node.Integers("strides"), node.Integers("dilations"), node.Integers("pads"), automatic);
        var axes = kernel?.Length ?? window.Strides?.Length ?? window.Dilations?.Length ?? window._pads?.Length / 2;
        long[]?[] all = [kernel, window.Strides, window.Dilations];
        if (axes is not null && (all.Any(sizes => sizes is not null && sizes.Length != axes)
            || (window._pads is not null && window._pads.Length != 2 * axes)))
            throw node.Damaged("has kernel_shape, strides, dilations and pads of different numbers of axes");
        if (all.Any(sizes => sizes is not null && sizes.Any(size => size is < 1 or > Most))
            || window._pads?.Any(pad => pad is < 0 or > Most) == true)
            throw node.Damaged($"has a kernel, stride, dilation or pad below 1 (a pad: 0) or above {Most}");
        return window;
    }

    /// <summary>The window for a number of axes.</summary>
    internal (long[] Strides, long[] Dilations) For(int axes) =>
        (Kernel ?? Strides ?? Dilations)?.Length is { } own && own != axes || (_pads is not null && _pads.Length != 2 * axes)
            ? throw new InvalidDataException($"the window is not of {axes} axes")
            : (Strides ?? Ones(axes), Dilations ?? Ones(axes));

    /// <summary>Strides and dilations that give the same windows: libtorch crashes on strides far beyond the values.</summary>
    internal static (long[] Strides, long[] Dilations) Bounded(
        long[] strides, long[] dilations, long[] kernel, long[] padded) =>
        ([.. strides.Select((stride, axis) => Math.Min(stride, padded[axis] + 1))],
            [.. dilations.Select((dilation, axis) => kernel[axis] == 1 ? 1 : dilation)]);

    /// <summary>Throws where the node and its weight name different windows.</summary>
    internal void CheckKernel(NodeReader node, long[] weight)
    {
        if (Kernel is not null && !Kernel.AsSpan().SequenceEqual(weight))
            throw node.Damaged($"has the kernel_shape [{string.Join(", ", Kernel)}], but a weight of "
                + $"[{string.Join(", ", weight)}]");
    }

    /// <summary>The values to add before and after each axis.</summary>
    internal (long[] Before, long[] After) Pads(ReadOnlySpan<long> sizes, long[] kernel)
    {
        var axes = sizes.Length;
        var (before, after) = (new long[axes], new long[axes]);
        if (_automatic == "NOTSET" && _pads is not null)
            return (_pads[..axes], _pads[axes..]);
        if (_automatic is "NOTSET" or "VALID")
            return (before, after);
        var (strides, dilations) = For(axes);
        for (var axis = 0; axis < axes; axis++)
        {
            var outputs = (sizes[axis] + strides[axis] - 1) / strides[axis];
            var all = Math.Max(0, (outputs - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - sizes[axis]);
            var less = all / 2;
            (before[axis], after[axis]) = _automatic == "SAME_UPPER" ? (less, all - less) : (all - less, less);
        }
        return (before, after);
    }

    /// <summary>Adds values before and after the last axes.</summary>
    internal static Tensor Pad(Tensor x, long[] before, long[] after, double value)
    {
        var (pads, sizes) = (new long[2 * before.Length], x.shape);
        for (var axis = 1; axis <= before.Length; axis++)
            sizes[^axis] = checked(sizes[^axis] + before[^axis] + after[^axis]);
        Values.CheckSizes(sizes);
        for (var axis = 0; axis < before.Length; axis++)
            (pads[2 * axis], pads[2 * axis + 1]) = (before[^(axis + 1)], after[^(axis + 1)]);
        return functional.pad(x, pads, TorchSharp.PaddingModes.Constant, value);
    }

    private static long[] Ones(int axes)
    {
        var ones = new long[axes];
        Array.Fill(ones, 1);
        return ones;
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Nodes;

/// <summary>Values within a run: numbers on the network's device, integers such as sizes on the CPU.</summary>
internal static class Values
{
    private const long MostValues = 1L << 24, MostTimesInput = 4096, MostSize = int.MaxValue;

    // Set before each node runs: operations and what they call stay on their thread.
    [ThreadStatic]
    private static long _limit;

    /// <summary>The integers of a tensor, which is small and on the CPU.</summary>
    internal static long[] Integers(Tensor value)
    {
        using var copy = value.to(ScalarType.Int64).cpu().contiguous();
        return copy.numel() == 0 ? [] : copy.data<long>().ToArray();
    }

    internal static float[] Numbers(Tensor value)
    {
        using var copy = value.detach().to(ScalarType.Float32).cpu().contiguous();
        return copy.numel() == 0 ? [] : copy.data<float>().ToArray();
    }

    internal static Tensor OfIntegers(long[] values) => tensor(values, dtype: ScalarType.Int64, device: CPU);

    /// <summary>The value on the device of another one.</summary>
    internal static Tensor On(Tensor value, Tensor other) =>
        value.device_type == other.device_type && value.device_index == other.device_index ? value : value.to(other.device);

    /// <summary>The type of both: numbers stay numbers of the network's type.</summary>
    internal static (Tensor First, Tensor Second) Together(Tensor first, Tensor second)
    {
        CheckBroadcast(first, second);
        if (first.is_floating_point())
            return (first, On(second, first));
        return second.is_floating_point() ? (On(first, second), second) : (first, On(second, first));
    }

    /// <summary>An axis from the start; negative ones count from the end.</summary>
    internal static int Axis(long axis, long rank, NodeReader? node = null)
    {
        var place = axis < 0 ? axis + rank : axis;
        return place >= 0 && place < Math.Max(rank, 1)
            ? (int)place
            : throw new InvalidDataException(
                $"{node?.Name ?? "A node"} names axis {axis} of a value of {rank} axes.");
    }

    /// <summary>Sets how many values one tensor of a node may have: a graph may claim sizes that its input does not
    /// justify.</summary>
    internal static void SetLimit(BatchSize batch, Tensor[] inputs) => _limit = Math.Max(
        inputs.Max(value => value?.numel()) ?? 0,
        Math.Max(batch.Rows, 1) * Math.Max(MostValues, MostTimesInput * batch.RowValues));

    /// <summary>Throws where a graph asks for a value that is larger than any network needs.</summary>
    internal static long[] CheckSizes(params long[] sizes)
    {
        var count = 1.0;
        foreach (var size in sizes)
            count *= size;
        return sizes.All(size => size is >= 0 and <= MostSize) && count <= _limit
            ? sizes
            : throw new InvalidDataException(
                $"The graph asks for a value of sizes [{string.Join(", ", sizes)}]: expected none below 0, and {_limit} "
                + "values at most.");
    }

    /// <summary>The sizes that values are broadcast to, which may be far larger than theirs.</summary>
    internal static long[] CheckBroadcast(params ReadOnlySpan<Tensor> values)
    {
        var rank = 0;
        foreach (var value in values)
            rank = Math.Max(rank, (int)value.dim());
        var sizes = new long[rank];
        Array.Fill(sizes, 1);
        foreach (var value in values)
        {
            var shape = value.shape;
            for (var axis = 0; axis < shape.Length; axis++)
            {
                var place = rank - shape.Length + axis;
                sizes[place] = sizes[place] == 1 ? shape[axis] : sizes[place];
            }
        }
        return CheckSizes(sizes);
    }

    /// <summary>A product of matrices. TorchSharp's own ends the process where libtorch refuses its arguments.</summary>
    internal static Tensor Product(Tensor first, Tensor second)
    {
        var (left, right) = (first.shape, second.shape);
        if (left.Length == 0 || right.Length == 0 || left[^1] != right[Math.Max(0, right.Length - 2)])
            throw new InvalidDataException("the sizes do not fit each other");
        if (second.dim() == 2)
        {
            CheckSizes([.. left[..^1], right[1]]);
            return nn.functional.linear(first, second.t());
        }
        if (!first.is_floating_point() || first.dtype != second.dtype || first.device_type != second.device_type
            || first.device_index != second.device_index)
            throw new InvalidDataException("expected numbers of one type on one device");
        var ((rows, inner), columns) = (left.Length > 1 ? (left[^2], left[^1]) : (1, left[^1]), right.Length > 1 ? right[^1] : 1);
        long[] Stack(long[] shape) => shape.Length > 2 ? shape[..^2] : [];
        long[] stack = Together(Stack(left), Stack(right));
        CheckSizes([.. stack, rows, columns]);
        CheckSizes([.. stack, inner, columns]);
        CheckSizes([.. stack, rows, inner]);
        return first.matmul(second);
    }

    private static long[] Together(long[] first, long[] second)
    {
        var sizes = new long[Math.Max(first.Length, second.Length)];
        for (var i = 1; i <= sizes.Length; i++)
        {
            var (one, other) = (i <= first.Length ? first[^i] : 1, i <= second.Length ? second[^i] : 1);
            sizes[^i] = one == 1 || one == other ? other : other == 1 ? one
                : throw new InvalidDataException("the stacks of matrices do not fit each other");
        }
        return sizes;
    }
}

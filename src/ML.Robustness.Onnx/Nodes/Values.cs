using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Nodes;

/// <summary>Values within a run: numbers on the network's device, integers such as sizes on the CPU.</summary>
internal static class Values
{
    // A graph may claim sizes that its input does not justify.
    private const long MostValues = 1L << 30;

    /// <summary>The integers of a tensor, which is small and on the CPU.</summary>
    internal static long[] Integers(Tensor value)
    {
        using var copy = value.to(ScalarType.Int64).cpu().contiguous();
        return copy.data<long>().ToArray();
    }

    internal static float[] Numbers(Tensor value)
    {
        using var copy = value.detach().to(ScalarType.Float32).cpu().contiguous();
        return copy.data<float>().ToArray();
    }

    internal static Tensor OfIntegers(long[] values) => tensor(values, dtype: ScalarType.Int64, device: CPU);

    /// <summary>The value on the device of another one.</summary>
    internal static Tensor On(Tensor value, Tensor other) =>
        value.device_type == other.device_type && value.device_index == other.device_index ? value : value.to(other.device);

    /// <summary>The type of both: numbers stay numbers of the network's type.</summary>
    internal static (Tensor First, Tensor Second) Together(Tensor first, Tensor second)
    {
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

    /// <summary>Throws where a graph asks for a value that is larger than any network needs.</summary>
    internal static long[] CheckSizes(long[] sizes)
    {
        var count = 1.0;
        foreach (var size in sizes)
            count *= size;
        return sizes.All(size => size >= 0) && count <= MostValues
            ? sizes
            : throw new InvalidDataException(
                $"The graph asks for a value of sizes [{string.Join(", ", sizes)}]: expected none below 0, and {MostValues} "
                + "values at most.");
    }
}

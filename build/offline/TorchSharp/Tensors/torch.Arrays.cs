using System.Runtime.InteropServices;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device device = null, bool requires_grad = false) => Copied(new[] { scalar }, [], dtype, device, requires_grad);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => Copied(rawArray, [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => Copied(rawArray, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => Copied(rawArray, [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => Copied(dataArray, [dataArray.Length], dtype, device, requires_grad);

    public static Tensor tensor(byte[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => Copied(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor with memory of its own.</summary>
    private static unsafe Tensor Copied(Array array, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device device, bool requires_grad)
    {
        var (from, options) = Check(array, dimensions, dtype, device, requires_grad);
        fixed (byte* memory = &MemoryMarshal.GetArrayDataReference(array))
            return Made(ts_from_memory((nint)memory, dimensions.ToArray(), dimensions.Length, (int)from, 0, 0, options));
    }

    private static (ScalarType, Options) Check(Array array, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device device, bool requires_grad)
    {
        var total = 1L;
        foreach (var size in dimensions)
            total *= size;
        if (total > array.LongLength)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {total} vs. {array.LongLength}");
        var from = TypeOf(array.GetType().GetElementType());
        return (from, Place(dtype ?? from, device, requires_grad));
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>Tensors with the values of managed arrays, in memory that libtorch allocates.</summary>
/// <remarks>
/// <c>torch.tensor(array)</c> uses the array's memory, which lies anywhere, and MKL's matrix products round by the alignment of
/// their operands: the same product of the same numbers would differ in its last bit from one call to the next. Operands of
/// <c>matmul</c> are made here.
/// </remarks>
internal static class AlignedTensor
{
    /// <summary>Copies an array.</summary>
    /// <returns>(length), float64 on the CPU; the caller disposes.</returns>
    public static Tensor Of(double[] values)
    {
        using var shared = tensor(values, device: CPU);
        return shared.clone();
    }
}

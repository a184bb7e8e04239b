using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>The text of shapes in error messages.</summary>
internal static class TensorShape
{
    public static string Text(Tensor tensor) => Text(tensor.shape);

    public static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";
}

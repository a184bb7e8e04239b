using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>Shapes as error messages show them.</summary>
internal static class TensorShape
{
    public static string Text(Tensor tensor) => Text(tensor.shape);

    public static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";
}

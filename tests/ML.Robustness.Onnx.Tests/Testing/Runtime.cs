using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ML.Robustness.Onnx.Tests.Testing;

/// <summary>OnnxRuntime, the reference.</summary>
internal static class Runtime
{
    /// <summary>Runs a model on one input of numbers.</summary>
    /// <returns>The output's values as numbers, and its sizes.</returns>
    internal static (double[] Values, int[] Shape) Run(byte[] model, string input, float[] values, long[] shape, string output)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        using var session = new InferenceSession(model, options);
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor(input, new DenseTensor<float>(values, [.. shape.Select(size => (int)size)]))],
            [output]);
        return results[0].Value switch
        {
            Tensor<float> numbers => ([.. numbers.Select(value => (double)value)], numbers.Dimensions.ToArray()),
            Tensor<long> numbers => ([.. numbers.Select(value => (double)value)], numbers.Dimensions.ToArray()),
            Tensor<bool> flags => ([.. flags.Select(value => value ? 1.0 : 0)], flags.Dimensions.ToArray()),
            var other => throw new InvalidOperationException($"An output of {other.GetType()}."),
        };
    }
}

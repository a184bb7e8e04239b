using System.Runtime.InteropServices;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Faults.Networks;

/// <summary>An ONNX model: read as a network, run on inputs of the declared shape, and differentiated.</summary>
internal sealed class OnnxFormat : FileFormat
{
    private const long MostInputs = 1 << 16;

    internal override string Name => "ONNX model";

    internal override bool HasChecksum => false;

    private protected override byte[] Make() => new OnnxModel(13).Input("x", 2, 3, 8, 8)
        .Weights("w", false, 4, 3, 3, 3).Weights("b", false, 4).Weights("scale", true, 4).Weights("shift", false, 4)
        .Weights("mean", false, 4).Weights("variance", true, 4).Weights("v", false, 16, 5).Weights("c", false, 5)
        .Constant("two", [2L], 1).Constant("zero", [0L], 1).Constant("rest", [-1L], 1)
        .Constant("scales", [1f, 1, 2, 2], 4).Constant("pads", [0L, 0, 1, 0, 0, 0, 0, 1], 8).Constant("order", [2L, 0, 1, 3], 4)
        .Node("Conv", ["x", "w", "b"], ["conv"], "", ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }))
        .Node("BatchNormalization", ["conv", "scale", "shift", "mean", "variance"], ["normal"], "", ("epsilon", 1e-4f))
        .Node("Relu", ["normal"], ["relu"]).Node("Pad", ["relu", "pads"], ["padded"])
        .Node("MaxPool", ["padded"], ["pool"], "", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
        .Node("Resize", ["pool", "", "scales"], ["large"], "", ("mode", "linear"))
        .Node("AveragePool", ["large"], ["small"], "", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
        .Node("Gather", ["small", "order"], ["chosen"], "", ("axis", 1))
        .Node("Shape", ["chosen"], ["shape"]).Node("Slice", ["shape", "zero", "two"], ["first"])
        .Node("Gather", ["first", "zero"], ["rows"]).Node("Concat", ["rows", "rest"], ["sizes"], "", ("axis", 0))
        .Node("Reshape", ["chosen", "sizes"], ["flat"])
        .Node("Gemm", ["flat", "v", "c"], ["z"]).Node("Softmax", ["z"], ["y"]).Output("y").Bytes;

    internal override (byte[] File, string What)? Damage(Random random) => OnnxDamage.Make(random);

    internal override string Read(string path)
    {
        using var scope = NewDisposeScope();
        using var network = OnnxNetwork.Load(path);
        long[] shape = [.. network.InputShape.Select((size, axis) => size ?? (axis == 0 ? 2 : 3))];
        // Only a caller can make inputs that large.
        if (shape.Aggregate(1.0, (product, size) => product * size) > MostInputs)
            return "large inputs";
        using var inputs = arange(shape.Aggregate(1L, (product, size) => product * size), ScalarType.Float32)
            .mul(0.37).sin().reshape(shape).requires_grad_();
        using var outputs = network.call(inputs);
        if (outputs.requires_grad)
        {
            try
            {
                outputs.sum().backward();
            }
            catch (ExternalException)
            {
                // The library's own backward passes say which network failed.
            }
        }
        using var values = outputs.detach().to(ScalarType.Float32).contiguous();
        var numbers = values.numel() == 0 ? [] : values.data<float>().ToArray();
        return $"{string.Join(',', outputs.shape)}: {string.Join(' ', numbers.Take(1000))}";
    }

    // ArgumentException: the graph has not the inputs or outputs that are asked for.
    internal override bool IsDocumented(Exception error) =>
        (error is InvalidDataException or NotSupportedException or InvalidOperationException and not ObjectDisposedException
            || error.GetType() == typeof(ArgumentException))
        && (error.Message.Contains("(node '", StringComparison.Ordinal)
            || (error is not InvalidOperationException && error.Message.Contains("file'", StringComparison.Ordinal)));
}

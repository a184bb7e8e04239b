using ML.Robustness.Onnx.Tests.Testing;

namespace ML.Robustness.Onnx.Tests.Operators;

/// <summary>One node with attributes, tried in some opsets.</summary>
/// <param name="Name">What is tried, with the operator's name first.</param>
/// <param name="Opsets">The versions of ONNX's operators.</param>
/// <param name="Shape">The input's sizes, the batch first.</param>
/// <param name="Build">Adds the node from "x" to "y", for an opset.</param>
internal sealed record OperatorCase(string Name, long[] Opsets, long[] Shape, Action<OnnxModel, long> Build)
{
    /// <summary>Whether gradients are compared with finite differences.</summary>
    internal bool HasGradient { get; init; } = true;

    /// <summary>Whether inputs are above zero.</summary>
    internal bool IsPositive { get; init; }

    /// <summary>The element type of the output.</summary>
    internal global::Onnx.TensorProto.Types.DataType OutputType { get; init; } = global::Onnx.TensorProto.Types.DataType.Float;

    internal string Operator => Name.Split(' ', ',')[0];

    internal OnnxModel Model(long opset, long batch)
    {
        var model = new OnnxModel(opset).Input("x", [batch, .. Shape[1..]]);
        Build(model, opset);
        return model.Output("y", OutputType);
    }

    internal float[] Values()
    {
        var random = new Random(Name.Length);
        var count = Shape.Aggregate(1L, (product, size) => product * size);
        return [
            .. Enumerable.Range(0, (int)count)
            .Select(_ => IsPositive ? 0.2f + random.NextSingle() : 2.4f * random.NextSingle() - 1.2f)];
    }
}

using Google.Protobuf;
using Onnx;
using AttributeType = Onnx.AttributeProto.Types.AttributeType;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Onnx.Tests.Testing;

/// <summary>Builds the bytes of ONNX models.</summary>
internal sealed class OnnxModel
{
    private readonly ModelProto _model = new() { IrVersion = 7, Graph = new GraphProto { Name = "test" } };
    private ulong _drawn;

    internal OnnxModel(long opset)
    {
        _model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 3 });
        _model.IrVersion = opset < 15 ? 7 : 8;
    }

    internal GraphProto Graph => _model.Graph;

    internal ModelProto Proto => _model;

    internal byte[] Bytes => _model.ToByteArray();

    /// <summary>An input; a size of -1 is open.</summary>
    internal OnnxModel Input(string name, params long[] shape) => With(() => Graph.Input.Add(Value(name, DataType.Float, shape)));

    internal OnnxModel Output(string name, DataType type = DataType.Float, long[]? shape = null) =>
        With(() => Graph.Output.Add(Value(name, type, shape)));

    internal OnnxModel Constant(string name, float[] values, params long[] shape) =>
        With(() => Graph.Initializer.Add(Tensor(name, values, shape)));

    internal OnnxModel Constant(string name, long[] values, params long[] shape) =>
        With(() => Graph.Initializer.Add(Tensor(name, values, shape)));

    /// <summary>Random numbers in [-1, 1), or above zero where asked for.</summary>
    internal OnnxModel Weights(string name, bool arePositive, params long[] shape)
    {
        var random = new Random((int)++_drawn);
        var count = shape.Aggregate(1L, (product, size) => product * size);
        return Constant(name,
            [
                .. Enumerable.Range(0, (int)count)
                .Select(_ => arePositive ? 0.5f + random.NextSingle() : 2 * random.NextSingle() - 1)],
            shape);
    }

    internal OnnxModel Node(
        string type, string[] inputs, string[] outputs, string domain = "", params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = type, Domain = domain, Name = $"{type}{Graph.Node.Count}" };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes.Select(entry => Attribute(entry.Name, entry.Value)));
        Graph.Node.Add(node);
        return this;
    }

    internal static TensorProto Tensor(string name, float[] values, params long[] shape)
    {
        var proto = new TensorProto { Name = name, DataType = (int)DataType.Float };
        proto.Dims.Add(shape);
        proto.FloatData.Add(values);
        return proto;
    }

    internal static TensorProto Tensor(string name, long[] values, params long[] shape)
    {
        var proto = new TensorProto { Name = name, DataType = (int)DataType.Int64 };
        proto.Dims.Add(shape);
        proto.Int64Data.Add(values);
        return proto;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int number:
                (attribute.Type, attribute.I) = (AttributeType.Int, number);
                break;
            case float number:
                (attribute.Type, attribute.F) = (AttributeType.Float, number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case long[] numbers:
                attribute.Type = AttributeType.Ints;
                attribute.Ints.Add(numbers);
                break;
            case float[] numbers:
                attribute.Type = AttributeType.Floats;
                attribute.Floats.Add(numbers);
                break;
            case string[] texts:
                attribute.Type = AttributeType.Strings;
                attribute.Strings.Add(texts.Select(ByteString.CopyFromUtf8));
                break;
            case TensorProto tensor:
                (attribute.Type, attribute.T) = (AttributeType.Tensor, tensor);
                break;
            default:
                throw new ArgumentException($"No attribute is a {value.GetType().Name}.", nameof(value));
        }
        return attribute;
    }

    private static ValueInfoProto Value(string name, DataType type, long[]? shape)
    {
        var value = new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } },
        };
        if (shape is null)
            return value;
        value.Type.TensorType.Shape = new TensorShapeProto();
        value.Type.TensorType.Shape.Dim.Add(shape.Select((size, axis) => size < 0
            ? new TensorShapeProto.Types.Dimension { DimParam = $"d{axis}" }
            : new TensorShapeProto.Types.Dimension { DimValue = size }));
        return value;
    }

    private OnnxModel With(Action change)
    {
        change();
        return this;
    }
}

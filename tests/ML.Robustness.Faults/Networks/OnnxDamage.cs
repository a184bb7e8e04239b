using Google.Protobuf;
using ML.Robustness.Onnx.Tests.Operators;
using Onnx;
using AttributeType = Onnx.AttributeProto.Types.AttributeType;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Faults.Networks;

/// <summary>Sound protobuf of unsound graphs: cases of every operator with other attributes, sizes, types and inputs.</summary>
internal static class OnnxDamage
{
    private const int MostChanges = 3;

    private static readonly long[] Numbers =
        [0, -1, 1, 2, 3, 4, 5, 7, -2, -3, 64, 1000, 1 << 16, 1 << 20, 1 << 28, int.MaxValue, int.MinValue, 1L << 40, 1L << 62,
            long.MaxValue, long.MinValue];
    private static readonly float[] Floats =
        [0, -1, 1, 0.5f, 1e-30f, 1e30f, -1e30f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3000, 1e8f];
    private static readonly long[] Sizes = [0, 1, 2, 3, 4, 5, 7, 9];
    private static readonly string[] Attributes =
        ["axis", "axes", "group", "pads", "strides", "dilations", "kernel_shape", "auto_pad", "keepdims", "to", "blocksize",
            "ceil_mode", "count_include_pad", "perm", "starts", "ends", "split", "num_outputs", "num_groups", "size", "alpha",
            "beta", "epsilon", "mode", "output_shape", "output_padding", "allowzero", "p", "fmod", "start", "end", "equation",
            "scales", "transA", "n_targets", "nodes_featureids", "targets"];
    private static readonly string[] Texts =
        ["", "SAME_UPPER", "SAME_LOWER", "VALID", "constant", "reflect", "edge", "wrap", "nearest", "linear", "cubic", "ij->",
            "i...->i", "ii->i", "ab,bc,cd->ad", "LOGISTIC", "SOFTMAX", "CRD", "align_corners"];
    private static readonly string[] Operators = [.. OperatorCases.All
        .SelectMany(entry => entry.Model(entry.Opsets[^1], entry.Shape[0]).Graph.Node).Select(node => node.OpType).Distinct()];

    internal static (byte[] File, string What) Make(Random random)
    {
        var entry = Of(random, OperatorCases.All);
        var model = entry.Model(Of(random, entry.Opsets), entry.Shape[0]).Proto;
        var what = new List<string>();
        for (var i = random.Next(MostChanges); i >= 0; i--)
            what.Add(Change(model, random));
        return (model.ToByteArray(), $"{entry.Name}: {string.Join("; ", what)}");
    }

    private static string Change(ModelProto model, Random random)
    {
        var graph = model.Graph;
        var node = Of(random, graph.Node);
        switch (random.Next(14))
        {
            case 0 or 1 or 2 when node.Attribute.Count > 0:
                return Alter(Of(random, node.Attribute), random);
            case 3:
                var added = new AttributeProto
                {
                    Name = Of(random, Attributes),
                    Type = Of(random, [AttributeType.Int, AttributeType.Ints, AttributeType.Float, AttributeType.String]),
                };
                added.Ints.Add(Enumerable.Range(0, random.Next(9)).Select(_ => Of(random, Sizes)));
                (added.I, added.F) = (Of(random, Numbers), Of(random, Floats));
                added.S = ByteString.CopyFromUtf8(Of(random, Texts));
                if (node.Attribute.FirstOrDefault(attribute => attribute.Name == added.Name) is { } old)
                    node.Attribute.Remove(old);
                node.Attribute.Add(added);
                return $"attribute {added}";
            case 4 or 5 or 6 when graph.Initializer.Count > 0:
                return Alter(Of(random, graph.Initializer), random);
            case 7:
                var shape = graph.Input[0].Type.TensorType.Shape;
                shape.Dim.Clear();
                shape.Dim.Add(Enumerable.Range(0, 1 + random.Next(5)).Select(_ => new TensorShapeProto.Types.Dimension
                {
                    DimValue = Of(random, Sizes),
                }));
                return $"input of {shape}";
            case 8:
                string[] names = ["", "x", .. graph.Initializer.Select(value => value.Name),
                    .. graph.Node.SelectMany(other => other.Output)];
                if (node.Input.Count == 0 || random.Next(4) == 0)
                    node.Input.Add(Of(random, names));
                else if (random.Next(4) == 0)
                    node.Input.RemoveAt(random.Next(node.Input.Count));
                else
                    node.Input[random.Next(node.Input.Count)] = Of(random, names);
                return $"inputs {string.Join(",", node.Input)}";
            case 9:
                node.Output[random.Next(node.Output.Count)] = Of(random, ["x", "y", "w", "q"]);
                return $"outputs {string.Join(",", node.Output)}";
            case 10:
                node.OpType = Of(random, Operators);
                return $"operator {node.OpType}";
            case 11:
                model.OpsetImport[0].Version = random.Next(7, 23);
                return $"opset {model.OpsetImport[0].Version}";
            default:
                return Precede(graph, node, random);
        }
    }

    private static string Alter(AttributeProto attribute, Random random)
    {
        switch (attribute.Type)
        {
            case AttributeType.Int:
                attribute.I = Of(random, Numbers);
                break;
            case AttributeType.Float:
                attribute.F = Of(random, Floats);
                break;
            case AttributeType.String:
                attribute.S = ByteString.CopyFromUtf8(Of(random, Texts));
                break;
            case AttributeType.Tensor:
                return Alter(attribute.T, random);
            case AttributeType.Floats when attribute.Floats.Count > 0 && random.Next(2) == 0:
                attribute.Floats[random.Next(attribute.Floats.Count)] = Of(random, Floats);
                break;
            case AttributeType.Floats:
                attribute.Floats.Add(Of(random, Floats));
                break;
            case AttributeType.Ints when attribute.Ints.Count > 0 && random.Next(3) > 0:
                attribute.Ints[random.Next(attribute.Ints.Count)] = Of(random, Numbers);
                break;
            case AttributeType.Ints when attribute.Ints.Count > 0 && random.Next(2) == 0:
                attribute.Ints.RemoveAt(random.Next(attribute.Ints.Count));
                break;
            case AttributeType.Ints:
                attribute.Ints.Add(Of(random, Numbers));
                break;
            default:
                attribute.Type = AttributeType.Int;
                break;
        }
        return $"attribute {attribute}";
    }

    private static string Alter(TensorProto tensor, Random random)
    {
        if (tensor.Int64Data.Count > 0 && random.Next(2) == 0)
        {
            var (place, number) = (random.Next(tensor.Int64Data.Count), Of(random, Numbers));
            tensor.Int64Data[place] = number;
            return $"{tensor.Name}[{place}] is {number}";
        }
        if (random.Next(3) > 0)
        {
            tensor.Dims.Clear();
            tensor.Dims.Add(Enumerable.Range(0, random.Next(6)).Select(_ => Of(random, Sizes)));
        }
        var count = (int)tensor.Dims.Aggregate(1L, (product, size) => product * size);
        var type = random.Next(2) == 0 ? (DataType)tensor.DataType
            : Of(random, [DataType.Float, DataType.Int64, DataType.Bool, DataType.Double]);
        tensor.DataType = (int)type;
        tensor.FloatData.Clear();
        tensor.Int64Data.Clear();
        tensor.Int32Data.Clear();
        tensor.DoubleData.Clear();
        for (var i = 0; i < count; i++)
        {
            if (type == DataType.Float)
                tensor.FloatData.Add(random.NextSingle());
            else if (type == DataType.Double)
                tensor.DoubleData.Add(random.NextDouble());
            else if (type == DataType.Int64)
                tensor.Int64Data.Add(Of(random, Sizes));
            else
                tensor.Int32Data.Add(random.Next(2));
        }
        return $"{tensor.Name} of {type} [{string.Join(",", tensor.Dims)}]";
    }

    /// <summary>Gives a node an input of another type or another number of axes.</summary>
    private static string Precede(GraphProto graph, NodeProto node, Random random)
    {
        if (node.Input.Count == 0)
            return "nothing";
        var place = random.Next(node.Input.Count);
        var before = new NodeProto { Name = "before", OpType = Of(random, ["Cast", "Shape", "Reshape", "Size", "Expand"]) };
        before.Input.Add(node.Input[place]);
        before.Output.Add($"before{graph.Node.Count}");
        if (before.OpType == "Cast")
            before.Attribute.Add(new AttributeProto
            {
                Name = "to",
                Type = AttributeType.Int,
                I = (long)Of(random, [DataType.Int64, DataType.Bool, DataType.Int32, DataType.Uint8, DataType.Float]),
            });
        if (before.OpType is "Reshape" or "Expand")
        {
            var sizes = new TensorProto { Name = $"sizes{graph.Node.Count}", DataType = (int)DataType.Int64 };
            sizes.Int64Data.Add(Enumerable.Range(0, random.Next(7))
                .Select(axis => axis == 0 && before.OpType == "Reshape" ? -1 : Of(random, Sizes)));
            sizes.Dims.Add(sizes.Int64Data.Count);
            graph.Initializer.Add(sizes);
            before.Input.Add(sizes.Name);
        }
        graph.Node.Insert(0, before);
        node.Input[place] = before.Output[0];
        return $"{before.OpType} before input {place} of {node.OpType}";
    }

    private static T Of<T>(Random random, IList<T> values) => values[random.Next(values.Count)];
}

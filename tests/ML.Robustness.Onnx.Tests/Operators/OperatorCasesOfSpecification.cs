using ML.Robustness.Onnx.Tests.Testing;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Onnx.Tests.Operators;

/// <summary>What the specification says about edges: bounds that cross, negative axes, integers, empty lists, scalars.</summary>
internal static class OperatorCasesOfSpecification
{
    private static readonly long[] Image = [2, 3, 7, 6];
    private static readonly long[] Matrix = [3, 5];

    internal static readonly OperatorCase[] All =
    [
        .. Arithmetic(), .. Reductions(), .. Shapes(), .. Places(), .. Layers(), .. Constants(),
    ];

    private static IEnumerable<OperatorCase> Arithmetic()
    {
        yield return new("Clip bounds that cross", [11, 13, 22], Matrix, (model, _) => model.Constant("low", [0.5f], [])
            .Constant("high", [-0.3f], []).Node("Clip", ["x", "low", "high"], ["y"]));
        yield return new("Clip computed bounds", [12, 22], Matrix, (model, _) => model
            .Node("ReduceMean", ["x"], ["low"], "", ("keepdims", 0)).Node("Clip", ["x", "low"], ["y"]));
        yield return new("Clip of integers", [12, 22], Image, (model, _) => model.Constant("low", [3L], [])
            .Constant("high", [6L], []).Node("Shape", ["x"], ["s"]).Node("Clip", ["s", "low", "high"], ["y"]))
        { HasGradient = false, OutputType = DataType.Int64 };
        foreach (var (name, truncates) in new[] { ("Div", 0), ("Mod", 0), ("Mod", 1) })
            yield return Integers($"{name} of integers {truncates}", [10, 13, 22],
                model => model.Constant("w", [3L, -3, 4, -1, 7], 5)
                .Node(name, ["whole", "w"], ["z"], "", name == "Mod" ? [("fmod", truncates)] : []));
        foreach (var type in new[] { DataType.Int32, DataType.Uint8, DataType.Int8, DataType.Int16, DataType.Bool })
            yield return Integers($"Cast to {type}", [9, 13, 22], model => model
                .Node("Cast", ["whole"], ["z"], "", ("to", (int)type)));
        yield return new("Cast of numbers to bool", [9, 13], Matrix, (model, _) => model.Node("Relu", ["x"], ["r"])
            .Node("Cast", ["r"], ["b"], "", ("to", (int)DataType.Bool)).Node("Cast", ["b"], ["y"], "", ("to", 1)))
        { HasGradient = false };
        yield return new("Pow of an odd number", [7, 13], Matrix,
            (model, _) => model.Constant("p", [3f], 1).Node("Pow", ["x", "p"], ["y"]));
        yield return new("Where of a wide condition", [9, 16], [3, 1], (model, _) => model.Weights("w", false, 1, 5)
            .Node("Greater", ["x", "w"], ["yes"]).Node("Where", ["yes", "x", "w"], ["y"]));
        yield return new("Max of one", [8, 13], Matrix, (model, _) => model.Node("Max", ["x"], ["y"]));
    }

    private static IEnumerable<OperatorCase> Reductions()
    {
        foreach (var name in new[] { "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum" })
            yield return new($"{name} of a scalar", [13], Matrix, (model, _) => model
                .Node("ReduceMean", ["x"], ["m"], "", ("keepdims", 0)).Node(name, ["m"], ["y"]))
            { IsPositive = true };
        foreach (var doesNothing in new[] { 0, 1 })
            yield return new($"ReduceMean empty axes {doesNothing}", [18, 22], Matrix, (model, _) => model
                .Constant("axes", Array.Empty<long>(), 0)
                .Node("ReduceMean", ["x", "axes"], ["y"], "", ("noop_with_empty_axes", doesNothing)));
        yield return new("ArgMax negative axis", [13, 22], Image,
            (model, _) => model.Node("ArgMax", ["x"], ["y"], "", ("axis", -3)))
        { HasGradient = false, OutputType = DataType.Int64 };
        yield return new("CumSum negative axis", [11, 22], Image, (model, _) => model.Constant("axis", [-2L], [])
            .Node("CumSum", ["x", "axis"], ["y"]));
    }

    private static IEnumerable<OperatorCase> Shapes()
    {
        yield return new("Softmax negative axis", [11, 13], Image,
            (model, _) => model.Node("Softmax", ["x"], ["y"], "", ("axis", -2)));
        yield return new("Concat negative axis", [11, 13], Image,
            (model, _) => model.Node("Concat", ["x", "x"], ["y"], "", ("axis", -1)));
        yield return new("Flatten from 0", [9, 22], Image, (model, _) => model.Node("Flatten", ["x"], ["y"], "", ("axis", 0)));
        yield return new("Reshape to a scalar and back", [13], Matrix, (model, _) => model
            .Node("ReduceMean", ["x"], ["m"]).Constant("none", Array.Empty<long>(), 0).Node("Reshape", ["m", "none"], ["z"])
            .Node("Add", ["x", "z"], ["y"]));
        yield return new("Split in equal parts", [7, 13, 18], [2, 6, 4],
            (model, opset) => model.Node("Split", ["x"], ["a", "b", "y"], "",
            opset < 18 ? [("axis", 1)] : [("axis", 1), ("num_outputs", 3)]));
        foreach (var name in new[] { "Squeeze", "Unsqueeze" })
            yield return new($"{name} negative axes", [11, 13, 22], [2, 1, 5, 1], (model, opset) =>
            {
                if (opset < 13)
                    model.Node(name, ["x"], ["y"], "", ("axes", new long[] { -1, -3 }));
                else
                    model.Constant("axes", [-1L, -3], 2).Node(name, ["x", "axes"], ["y"]);
            });
        yield return new("Shape negative start", [15, 22], Image,
            (model, _) => model.Node("Shape", ["x"], ["y"], "", ("start", -2)))
        { HasGradient = false, OutputType = DataType.Int64 };
        yield return new("Range downwards", [11, 22], Matrix, (model, _) => model.Constant("a", [5L], []).Constant("b", [0L], [])
            .Constant("c", [-1L], []).Node("Range", ["a", "b", "c"], ["r"]).Node("Cast", ["r"], ["f"], "", ("to", 1))
            .Node("Mul", ["x", "f"], ["y"]));
    }

    private static IEnumerable<OperatorCase> Places()
    {
        yield return new("Slice backwards, negative axes", [10, 13], Image, (model, _) => model.Constant("s", [-2L, 100], 2)
            .Constant("e", [-100L, 1], 2).Constant("a", [-1L, -2], 2).Constant("t", [-1L, -3], 2)
            .Node("Slice", ["x", "s", "e", "a", "t"], ["y"]));
        yield return new("Pad negative axes", [18, 22], Image, (model, _) => model.Constant("p", [1L, 2, 2, 1], 4)
            .Constant("a", [-1L, -2], 2).Node("Pad", ["x", "p", "", "a"], ["y"], "", ("mode", "reflect")));
        foreach (var mode in new[] { "nearest", "linear" })
            yield return new($"Resize {mode} of opset 10", [10], Image, (model, _) => model.Constant("s", [1f, 1, 0.6f, 1.7f], 4)
                .Node("Resize", ["x", "s"], ["y"], "", ("mode", mode)));
        yield return new("Resize axes", [18, 22], Image, (model, _) => model.Constant("s", [9L, 4], 2)
            .Node("Resize", ["x", "", "", "s"], ["y"], "", ("mode", "linear"), ("axes", new long[] { 3, 2 })));
        yield return new("Resize of all sizes", [13, 22], Image, (model, _) => model.Constant("s", [2L, 3, 5, 9], 4)
            .Node("Resize", ["x", "", "", "s"], ["y"], "", ("mode", "nearest")));
    }

    private static IEnumerable<OperatorCase> Layers()
    {
        foreach (var name in new[] { "Conv", "MaxPool", "AveragePool", "ConvTranspose" })
            yield return new($"{name} strides beyond the values", [11, 22], [2, 3, 7, 1], (model, _) => model
                .Weights("w", false, name == "Conv" ? [4, 3, 3, 1] : [3, 4, 3, 1])
                .Node(name, name.StartsWith("Conv", StringComparison.Ordinal) ? ["x", "w"] : ["x"], ["y"], "",
                    ("kernel_shape", new long[] { 3, 1 }),
                    ("strides", new long[] { name == "ConvTranspose" ? 2 : 65536, 65536 })));
        yield return new("PRelu of one slope", [7, 9, 16], Image,
            (model, _) => model.Constant("slope", [0.2f], 1).Node("PRelu", ["x", "slope"], ["y"]));
        yield return new("LpNormalization of zeros", [7, 22], Matrix, (model, _) => model.Constant("shift", [5f], [])
            .Node("Sub", ["x", "shift"], ["low"]).Node("Relu", ["low"], ["zero"]).Node("LpNormalization", ["zero"], ["y"]))
        { HasGradient = false };
        yield return new("LRN over more than all channels", [7, 13], [2, 2, 4, 3],
            (model, _) => model.Node("LRN", ["x"], ["y"], "", ("size", 7), ("alpha", 0.3f)));
        yield return new("Dropout with inputs", [12, 13, 22], Matrix, (model, _) => model.Constant("ratio", [0.5f], [])
            .Node("Dropout", ["x", "ratio"], ["y"]));
        yield return new("Gemm of a number as bias", [11, 22], Matrix, (model, _) => model.Weights("w", false, 5, 4)
            .Constant("b", [0.3f], []).Node("Gemm", ["x", "w", "b"], ["y"]));
        yield return new("MatMul with a vector", [9, 22], Matrix,
            (model, _) => model.Weights("w", false, 5).Node("MatMul", ["x", "w"], ["y"]));
        yield return new("MatMul stacks of both", [9, 22], [2, 3, 4, 5],
            (model, _) => model.Weights("w", false, 3, 5, 2).Node("MatMul", ["x", "w"], ["y"]));
        yield return new("Einsum implicit", [12, 22], Matrix, (model, _) => model.Weights("w", false, 5, 4)
            .Node("Einsum", ["x", "w"], ["y"], "", ("equation", "ij,jk")));
        yield return new("Einsum with dots", [12, 22], [2, 3, 4], (model, _) => model.Weights("w", false, 4, 5)
            .Node("Einsum", ["x", "w"], ["y"], "", ("equation", "...j,jk->...k")));
        yield return new("BatchNormalization of a matrix", [7, 15], Matrix, (model, _) => model.Weights("s", true, 5)
            .Weights("b", false, 5).Weights("m", false, 5).Weights("v", true, 5)
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"]));
    }

    private static IEnumerable<OperatorCase> Constants()
    {
        yield return new("Cast of a double and a half constant", [13], Matrix, (model, _) =>
        {
            var wide = new TensorProto { Name = "wide", DataType = (int)DataType.Double };
            wide.Dims.Add(5);
            wide.DoubleData.Add([0.1, -0.2, 1e-3, 4, 5]);
            var half = new TensorProto { Name = "half", DataType = (int)DataType.Float16 };
            half.Dims.Add(5);
            half.Int32Data.Add(new[] { 0.1f, 2, -3, 1e-4f, 6 }.Select(value => (int)BitConverter.HalfToUInt16Bits((Half)value)));
            model.Graph.Initializer.Add([wide, half]);
            model.Node("Cast", ["wide"], ["a"], "", ("to", 1)).Node("Cast", ["half"], ["b"], "", ("to", 1))
                .Node("Mul", ["x", "a"], ["m"]).Node("Add", ["m", "b"], ["y"]);
        });
        yield return new("Add of an initializer that is an input too", [7, 13], Matrix,
            (model, _) => model.Input("w", 5).Weights("w", false, 5).Node("Add", ["x", "w"], ["y"]));
    }

    private static OperatorCase Integers(string name, long[] opsets, Action<OnnxModel> build) =>
        new(name, opsets, Matrix, (model, _) =>
    {
        model.Constant("hundreds", [700f], []).Node("Mul", ["x", "hundreds"], ["large"])
            .Node("Cast", ["large"], ["whole"], "", ("to", (int)DataType.Int64));
        build(model);
        model.Node("Cast", ["z"], ["y"], "", ("to", (int)DataType.Float));
    })
        { HasGradient = false };
}

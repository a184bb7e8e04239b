using ML.Robustness.Onnx.Tests.Testing;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Onnx.Tests.Operators;

/// <summary>The operators, with the attributes that change what they compute. A new operator adds its cases here.</summary>
internal static class OperatorCases
{
    private const string Ml = "ai.onnx.ml";
    private static readonly long[] Any = [7, 13, 22];
    private static readonly long[] Image = [2, 3, 7, 6];
    private static readonly long[] Matrix = [3, 5];

    internal static readonly OperatorCase[] All =
    [
        .. Functions(), .. Activations(), .. Arithmetic(), .. Convolutions(), .. Poolings(), .. Normalizations(), .. Products(),
        .. Reductions(), .. Shapes(), .. Indexing(), .. Resizing(), .. Features(), .. Models(),
        .. OperatorCasesOfSpecification.All,
    ];

    private static IEnumerable<OperatorCase> Functions()
    {
        foreach (var (name, opset, isPositive, hasGradient) in new[]
        {
            ("Abs", 7, false, true), ("Neg", 7, false, true), ("Exp", 7, false, true), ("Log", 7, true, true),
            ("Sqrt", 7, true, true), ("Reciprocal", 7, true, true), ("Floor", 7, false, false), ("Ceil", 7, false, false),
            ("Round", 11, false, false), ("Sign", 9, false, false), ("Erf", 9, false, true), ("Sin", 7, false, true),
            ("Cos", 7, false, true), ("Tan", 7, true, true), ("Sinh", 9, false, true), ("Cosh", 9, false, true),
            ("Asinh", 9, false, true), ("Atan", 7, false, true), ("Relu", 7, false, true), ("Sigmoid", 7, false, true),
            ("Tanh", 7, false, true), ("Softplus", 7, false, true), ("Softsign", 7, false, true), ("Mish", 18, false, true),
            ("HardSwish", 14, false, true), ("Identity", 7, false, true), ("Selu", 7, false, true), ("Elu", 7, false, true),
            ("LeakyRelu", 7, false, true), ("HardSigmoid", 7, false, true), ("GlobalAveragePool", 7, false, true),
            ("GlobalMaxPool", 7, false, true), ("Dropout", 7, false, true), ("Celu", 12, false, true),
            ("ThresholdedRelu", 10, false, true), ("Flatten", 7, false, true),
        })
        {
            yield return Case(name, [.. Any.Append(opset).Where(version => version >= opset).Distinct().Order()], Image,
                name) with
            {
                IsPositive = isPositive,
                HasGradient = hasGradient,
            };
        }
        foreach (var (name, shift) in new[] { ("Acos", -0.7f), ("Asin", -0.7f), ("Atanh", -0.7f), ("Acosh", 1f) })
            yield return new OperatorCase(name, [9, 22], Matrix, (model, _) => model.Constant("shift", [shift], [])
                .Node("Add", ["x", "shift"], ["moved"]).Node(name, ["moved"], ["y"]))
            { IsPositive = true };
        yield return new OperatorCase("IsNaN, Not, Cast to float", [9, 13], Matrix, (model, _) => model
            .Node("IsNaN", ["x"], ["nan"]).Node("Not", ["nan"], ["no"])
            .Node("Cast", ["no"], ["y"], "", ("to", (int)DataType.Float)))
        { HasGradient = false };
    }

    private static IEnumerable<OperatorCase> Activations() =>
    [
        Case("LeakyRelu alpha", Any, Image, "LeakyRelu", ("alpha", 0.3f)), Case("Elu alpha", Any, Image, "Elu", ("alpha", 0.3f)),
        Case("Selu alpha gamma", Any, Image, "Selu", ("alpha", 1.3f), ("gamma", 0.7f)),
        Case("HardSigmoid alpha beta", Any, Image, "HardSigmoid", ("alpha", 0.4f), ("beta", 0.3f)),
        Case("Celu alpha", [12, 22], Image, "Celu", ("alpha", 0.7f)),
        Case("ThresholdedRelu alpha", [10, 22], Image, "ThresholdedRelu", ("alpha", 0.2f)),
        Case("Gelu", [20, 22], Image, "Gelu"), Case("Gelu tanh", [20, 22], Image, "Gelu", ("approximate", "tanh")),
        Case("Softmax", Any, Image, "Softmax"), Case("Softmax axis", Any, Image, "Softmax", ("axis", 2)),
        Case("LogSoftmax", Any, Matrix, "LogSoftmax"), Case("LogSoftmax axis", Any, Image, "LogSoftmax", ("axis", 1)),
        new("PRelu", Any, Image, (model, _) => model.Weights("slope", false, 3, 1, 1).Node("PRelu", ["x", "slope"], ["y"])),
        new("Clip", [7, 11, 13], Image, (model, opset) =>
        {
            if (opset < 11)
                model.Node("Clip", ["x"], ["y"], "", ("min", -0.5f), ("max", 0.4f));
            else
                model.Constant("low", [-0.5f], []).Constant("high", [0.4f], []).Node("Clip", ["x", "low", "high"], ["y"]);
        }),
        new("Clip above only", [11, 22], Image,
            (model, _) => model.Constant("high", [0.4f], []).Node("Clip", ["x", "", "high"], ["y"])),
    ];

    private static IEnumerable<OperatorCase> Arithmetic()
    {
        foreach (var name in new[] { "Add", "Sub", "Mul", "Div" })
        {
            yield return new OperatorCase(name, Any, Image,
                (model, _) => model.Weights("w", true, 3, 1, 1).Node(name, ["x", "w"], ["y"]));
            yield return new OperatorCase($"{name} turned", Any, Image,
                (model, _) => model.Weights("w", true, 7, 6).Node(name, ["w", "x"], ["y"]))
            { IsPositive = true };
        }
        foreach (var name in new[] { "Max", "Min", "Sum", "Mean" })
            yield return new OperatorCase(name, [8, 13], Image,
                (model, _) => model.Weights("w", false, 3, 1, 1).Weights("v", false, 6)
                .Node(name, ["x", "w", "v"], ["y"]));
        foreach (var name in new[] { "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual" })
            yield return new OperatorCase(name, name.EndsWith("Equal", StringComparison.Ordinal) ? [13, 22] : [9, 13, 22], Matrix,
                (model, _) => model.Weights("w", false, 5).Node(name, ["x", "w"], ["y"]))
            {
                HasGradient = false,
                OutputType = DataType.Bool
            };
        foreach (var name in new[] { "And", "Or", "Xor" })
            yield return new OperatorCase(name, Any, Matrix, (model, _) => model.Weights("w", false, 5).Constant("zero", [0f], [])
                .Node("Greater", ["x", "w"], ["a"]).Node("Greater", ["x", "zero"], ["b"]).Node(name, ["a", "b"], ["y"]))
            { HasGradient = false, OutputType = DataType.Bool, };
        yield return new OperatorCase("Pow of a number", Any, Image,
            (model, _) => model.Constant("p", [2f], []).Node("Pow", ["x", "p"], ["y"]));
        yield return new OperatorCase("Pow of values", Any, Image,
            (model, _) => model.Weights("p", true, 6).Node("Pow", ["x", "p"], ["y"]))
        { IsPositive = true };
        yield return new OperatorCase("Mod fmod", [10, 13], Matrix, (model, _) => model.Weights("w", true, 5)
            .Node("Mod", ["x", "w"], ["y"], "", ("fmod", 1)));
        yield return new OperatorCase("Where", [9, 16], Matrix,
            (model, _) => model.Weights("w", false, 5).Constant("zero", [0f], [])
            .Node("Greater", ["x", "zero"], ["yes"]).Node("Where", ["yes", "x", "w"], ["y"]));
        yield return new OperatorCase("Cast to int64 and back", [9, 13, 22], Matrix,
            (model, _) => model.Constant("ten", [10f], [])
            .Node("Mul", ["x", "ten"], ["large"]).Node("Cast", ["large"], ["whole"], "", ("to", (int)DataType.Int64))
            .Node("Cast", ["whole"], ["y"], "", ("to", (int)DataType.Float)))
        { HasGradient = false };
        yield return new OperatorCase("CastLike", [15, 19], Matrix, (model, _) => model.Weights("w", false, 5)
            .Node("CastLike", ["x", "w"], ["y"]));
    }

    private static IEnumerable<OperatorCase> Convolutions() =>
    [
        Convolution("Conv", [4, 3, 3, 2]), Convolution("Conv pads", [4, 3, 3, 2], ("pads", new long[] { 1, 1, 1, 1 })),
        Convolution("Conv uneven pads", [4, 3, 3, 2], ("pads", new long[] { 0, 1, 2, 1 })),
        Convolution("Conv strides", [4, 3, 3, 2], ("strides", new long[] { 2, 3 })),
        Convolution("Conv dilations", [4, 3, 3, 2], ("dilations", new long[] { 2, 1 })),
        Convolution("Conv SAME_UPPER", [4, 3, 4, 3], ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 })),
        Convolution("Conv SAME_LOWER", [4, 3, 4, 3], ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2, 1 })),
        Convolution("Conv VALID", [4, 3, 3, 2], ("auto_pad", "VALID")),
        Convolution("Conv groups", [6, 1, 3, 3], ("group", 3)),
        new("Conv without bias", Any, Image, (model, _) => model.Weights("w", false, 4, 3, 3, 3).Node("Conv", ["x", "w"], ["y"])),
        new("Conv 1D", Any, [2, 3, 9], (model, _) => model.Weights("w", false, 4, 3, 3).Weights("b", false, 4)
            .Node("Conv", ["x", "w", "b"], ["y"], "", ("pads", new long[] { 1, 1 }), ("strides", new long[] { 2 }))),
        new("Conv 3D", Any, [2, 2, 4, 5, 4], (model, _) => model.Weights("w", false, 3, 2, 2, 3, 2).Weights("b", false, 3)
            .Node("Conv", ["x", "w", "b"], ["y"], "", ("pads", new long[] { 1, 1, 0, 0, 1, 1 }))),
        Convolution("ConvTranspose", [3, 4, 3, 2]),
        Convolution("ConvTranspose strides", [3, 4, 3, 2], ("strides", new long[] { 2, 3 })),
        Convolution("ConvTranspose pads", [3, 4, 3, 2], ("pads", new long[] { 1, 0, 1, 1 }), ("strides", new long[] { 2, 2 })),
        Convolution("ConvTranspose output_padding", [3, 4, 3, 2], ("output_padding", new long[] { 1, 1 }),
            ("strides", new long[] { 2, 2 })),
        Convolution("ConvTranspose output_shape", [3, 4, 3, 3], ("output_shape", new long[] { 14, 13 }),
            ("strides", new long[] { 2, 2 })),
        Convolution("ConvTranspose SAME_UPPER", [3, 4, 3, 3], ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 })),
        Convolution("ConvTranspose SAME_LOWER", [3, 4, 3, 3], ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2, 2 })),
        Convolution("ConvTranspose dilations groups", [3, 2, 3, 2], ("dilations", new long[] { 2, 1 }), ("group", 3)),
        new("ConvTranspose 1D", Any, [2, 3, 5], (model, _) => model.Weights("w", false, 3, 4, 3)
            .Node("ConvTranspose", ["x", "w"], ["y"], "", ("strides", new long[] { 2 }))),
    ];

    private static IEnumerable<OperatorCase> Poolings()
    {
        foreach (var name in new[] { "MaxPool", "AveragePool" })
        {
            yield return Pool(name, Any);
            yield return Pool($"{name} strides pads", Any, ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }));
            yield return Pool($"{name} uneven pads", Any, ("strides", new long[] { 2, 1 }), ("pads", new long[] { 0, 1, 2, 0 }));
            yield return Pool($"{name} SAME_UPPER", Any, ("strides", new long[] { 2, 2 }), ("auto_pad", "SAME_UPPER"));
            yield return Pool($"{name} SAME_LOWER", Any, ("strides", new long[] { 2, 2 }), ("auto_pad", "SAME_LOWER"));
            yield return Pool($"{name} ceil_mode", [10, 13, 22], ("strides", new long[] { 2, 2 }), ("ceil_mode", 1));
            yield return Pool($"{name} ceil_mode pads", [19, 22], ("strides", new long[] { 3, 3 }),
                ("pads", new long[] { 1, 1, 1, 1 }), ("ceil_mode", 1));
            yield return new OperatorCase($"{name} 1D", Any, [2, 3, 9], (model, _) => model.Node(name, ["x"], ["y"], "",
                ("kernel_shape", new long[] { 3 }), ("strides", new long[] { 2 }), ("pads", new long[] { 1, 1 })));
            yield return new OperatorCase($"{name} 3D", Any, [2, 2, 5, 4, 6], (model, _) => model.Node(name, ["x"], ["y"], "",
                ("kernel_shape", new long[] { 2, 3, 2 }), ("strides", new long[] { 2, 1, 2 })));
        }
        yield return Pool("MaxPool dilations", [10, 13, 22], ("dilations", new long[] { 2, 1 }));
        yield return Pool("AveragePool count_include_pad", Any, ("pads", new long[] { 1, 1, 1, 1 }), ("count_include_pad", 1));
        yield return Pool("AveragePool count_include_pad uneven", Any, ("pads", new long[] { 0, 1, 1, 1 }),
            ("count_include_pad", 1));
        yield return Pool("AveragePool count_include_pad ceil_mode", [19, 22], ("strides", new long[] { 2, 2 }),
            ("pads", new long[] { 1, 1, 1, 1 }), ("count_include_pad", 1), ("ceil_mode", 1));
    }

    private static IEnumerable<OperatorCase> Normalizations() =>
    [
        new("BatchNormalization", [7, 9, 14, 22], Image, (model, _) => model.Weights("scale", true, 3).Weights("bias", false, 3)
            .Weights("mean", false, 3).Weights("variance", true, 3)
            .Node("BatchNormalization", ["x", "scale", "bias", "mean", "variance"], ["y"], "", ("epsilon", 1e-3f))),
        new("InstanceNormalization", Any, Image, (model, _) => model.Weights("scale", true, 3).Weights("bias", false, 3)
            .Node("InstanceNormalization", ["x", "scale", "bias"], ["y"], "", ("epsilon", 1e-3f))),
        new("LayerNormalization", [17, 22], Image, (model, _) => model.Weights("scale", true, 6).Weights("bias", false, 6)
            .Node("LayerNormalization", ["x", "scale", "bias"], ["y"])),
        new("LayerNormalization axis", [17, 22], Image, (model, _) => model.Weights("scale", true, 7, 6)
            .Node("LayerNormalization", ["x", "scale"], ["y"], "", ("axis", 2), ("epsilon", 1e-3f))),
        new("GroupNormalization", [18, 21, 22], [2, 6, 4, 3], (model, opset) => model.Weights("scale", true, opset < 21 ? 3 : 6)
            .Weights("bias", false, opset < 21 ? 3 : 6)
            .Node("GroupNormalization", ["x", "scale", "bias"], ["y"], "", ("num_groups", 3))),
        Case("LRN", Any, [2, 6, 4, 3], "LRN", ("size", 3), ("alpha", 0.2f), ("beta", 0.6f), ("bias", 1.3f)),
        Case("LpNormalization", Any, Image, "LpNormalization"),
        Case("LpNormalization L1", Any, Image, "LpNormalization", ("p", 1), ("axis", 1)),
    ];

    private static IEnumerable<OperatorCase> Products() =>
    [
        new("MatMul", Any, Matrix, (model, _) => model.Weights("w", false, 5, 4).Node("MatMul", ["x", "w"], ["y"])),
        new("MatMul of stacks", Any, Image, (model, _) => model.Weights("w", false, 6, 4).Node("MatMul", ["x", "w"], ["y"])),
        new("MatMul of itself", Any, [2, 4, 4], (model, _) => model.Node("MatMul", ["x", "x"], ["y"])),
        new("Gemm", Any, Matrix,
            (model, _) => model.Weights("w", false, 5, 4).Weights("b", false, 4).Node("Gemm", ["x", "w", "b"], ["y"])),
        new("Gemm transB", Any, Matrix, (model, _) => model.Weights("w", false, 4, 5).Weights("b", false, 4)
            .Node("Gemm", ["x", "w", "b"], ["y"], "", ("transB", 1))),
        new("Gemm transA alpha beta", Any, Matrix, (model, _) => model.Weights("w", false, 3, 4).Weights("b", false, 5, 1)
            .Node("Gemm", ["x", "w", "b"], ["y"], "", ("transA", 1), ("alpha", 0.5f), ("beta", 2f))),
        new("Gemm without bias", [11, 22], Matrix, (model, _) => model.Weights("w", false, 5, 4).Node("Gemm", ["x", "w"], ["y"])),
        new("Einsum", [12, 22], [2, 3, 4], (model, _) => model.Weights("w", false, 4, 5)
            .Node("Einsum", ["x", "w"], ["y"], "", ("equation", "bij,jk->bik"))),
    ];

    private static IEnumerable<OperatorCase> Reductions()
    {
        foreach (var name in new[]
        {
            "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceProd",
            "ReduceLogSumExp", "ReduceLogSum",
        })
        {
            yield return Reduction(name, [2, 3], true);
            yield return Reduction($"{name} without keepdims", [-1, 1], false);
        }
        yield return Reduction("ReduceL2 of three axes", [1, 2, 3], true);
        yield return Reduction("ReduceL2 of three axes without keepdims", [-1, 1, 2], false);
        yield return new OperatorCase("ReduceMean of all", Any, Image, (model, _) => model.Node("ReduceMean", ["x"], ["y"]));
        foreach (var name in new[] { "ArgMax", "ArgMin" })
            yield return Case($"{name}", Any, Matrix, name, ("axis", 1), ("keepdims", 0)) with
            {
                HasGradient = false,
                OutputType = DataType.Int64
            };
        yield return new OperatorCase("CumSum", [11, 22], Matrix, (model, _) => model.Constant("axis", [1L], [])
            .Node("CumSum", ["x", "axis"], ["y"]));
    }

    private static IEnumerable<OperatorCase> Shapes() =>
    [
        new("Reshape", Any, Image, (model, _) => model.Constant("s", [0L, -1, 6], 3).Node("Reshape", ["x", "s"], ["y"])),
        Case("Flatten axis", Any, Image, "Flatten", ("axis", 2)),
        Case("Flatten negative", [11, 22], Image, "Flatten", ("axis", -1)),
        Case("Transpose", Any, Image, "Transpose"),
        Case("Transpose perm", Any, Image, "Transpose", ("perm", new long[] { 0, 2, 3, 1 })),
        new("Squeeze", [7, 11, 13, 22], [2, 1, 5, 1], (model, opset) => WithAxes(model, "Squeeze", [1, 3], opset)),
        new("Squeeze all", [7, 13], [2, 1, 5, 1], (model, _) => model.Node("Squeeze", ["x"], ["y"])),
        new("Unsqueeze", [7, 11, 13, 22], Matrix, (model, opset) => WithAxes(model, "Unsqueeze", [1, 3], opset)),
        new("Concat", Any, Image,
            (model, _) => model.Weights("w", false, 2, 2, 7, 6).Node("Concat", ["x", "w", "x"], ["y"], "", ("axis", 1))),
        new("Split", [7, 13, 18], [2, 6, 4], (model, opset) =>
        {
            if (opset < 13)
                model.Node("Split", ["x"], ["y", "z"], "", ("axis", 1), ("split", new long[] { 2, 4 }));
            else
                model.Constant("s", [2L, 4], 2).Node("Split", ["x", "s"], ["y", "z"], "", ("axis", 1));
        }),
        new("Split uneven, second part", [18, 22], [2, 7, 4], (model, _) => model
            .Node("Split", ["x"], ["z", "v"], "", ("axis", 1), ("num_outputs", 2)).Node("Identity", ["v"], ["y"])),
        new("Expand", [8, 13], [2, 1, 3], (model, _) => model.Constant("s", [4L, 1], 2).Node("Expand", ["x", "s"], ["y"])),
        new("Tile", [7, 13], Matrix, (model, _) => model.Constant("s", [2L, 3], 2).Node("Tile", ["x", "s"], ["y"])),
        new("Shape, Gather, Concat, Reshape", [11, 13, 22], Image, (model, opset) =>
        {
            model.Node("Shape", ["x"], ["shape"]).Constant("zero", [0L], []).Node("Gather", ["shape", "zero"], ["batch"]);
            if (opset < 13)
                model.Node("Unsqueeze", ["batch"], ["first"], "", ("axes", new long[] { 0 }));
            else
                model.Constant("axes", [0L], 1).Node("Unsqueeze", ["batch", "axes"], ["first"]);
            model.Constant("rest", [-1L], 1).Node("Concat", ["first", "rest"], ["s"], "", ("axis", 0))
                .Node("Reshape", ["x", "s"], ["y"]);
        }),
        new("Shape start end", [15, 22], Image, (model, _) => model.Node("Shape", ["x"], ["y"], "", ("start", 1), ("end", -1)))
        { HasGradient = false, OutputType = DataType.Int64 },
        new("Size", [7, 13], Image, (model, _) => model.Node("Size", ["x"], ["y"])) { HasGradient = false,
            OutputType = DataType.Int64 },
        new("Constant, ConstantOfShape, Add", [9, 13, 22], Matrix, (model, _) => model
            .Node("Constant", [], ["s"], "", ("value", OnnxModel.Tensor("", [5L], 1)))
            .Node("ConstantOfShape", ["s"], ["c"], "", ("value", OnnxModel.Tensor("", [0.5f], 1)))
            .Node("Add", ["x", "c"], ["y"])),
        new("Constant of a number", [12, 22], Matrix, (model, _) => model.Node("Constant", [], ["c"], "", ("value_float", 0.3f))
            .Node("Mul", ["x", "c"], ["y"])),
        new("Range, Cast, Mul", [11, 22], Matrix,
            (model, _) => model.Constant("a", [0L], []).Constant("b", [5L], []).Constant("c", [1L], [])
            .Node("Range", ["a", "b", "c"], ["r"]).Node("Cast", ["r"], ["f"], "", ("to", (int)DataType.Float))
            .Node("Mul", ["x", "f"], ["y"])),
        Case("DepthToSpace", Any, [2, 8, 3, 2], "DepthToSpace", ("blocksize", 2)),
        Case("DepthToSpace CRD", [11, 13], [2, 8, 3, 2], "DepthToSpace", ("blocksize", 2), ("mode", "CRD")),
        Case("SpaceToDepth", Any, [2, 3, 4, 6], "SpaceToDepth", ("blocksize", 2)),
    ];

    private static IEnumerable<OperatorCase> Indexing() =>
    [
        new("Slice", [7, 10, 13], Image, (model, opset) =>
        {
            if (opset < 10)
                model.Node("Slice", ["x"], ["y"], "", ("starts", new long[] { 1, -3 }), ("ends", new long[] { 3, 1000 }),
                    ("axes", new long[] { 2, 3 }));
            else
                model.Constant("s", [1L, -3], 2).Constant("e", [3L, long.MaxValue], 2).Constant("a", [2L, 3], 2)
                    .Node("Slice", ["x", "s", "e", "a"], ["y"]);
        }),
        new("Slice steps", [10, 13, 22], Image,
            (model, _) => model.Constant("s", [0L, -1], 2).Constant("e", [7L, long.MinValue], 2)
            .Constant("a", [2L, 3], 2).Constant("t", [2L, -2], 2).Node("Slice", ["x", "s", "e", "a", "t"], ["y"])),
        new("Gather", Any, Image,
            (model, _) => model.Constant("i", [2L, 0, -1, 1], 2, 2).Node("Gather", ["x", "i"], ["y"], "", ("axis", 1))),
        new("Gather of one", Any, Image,
            (model, _) => model.Constant("i", [1L], []).Node("Gather", ["x", "i"], ["y"], "", ("axis", 2))),
        new("GatherElements", [11, 13], Matrix, (model, _) => model.Constant("i", [2L, 0, -1, 1, 1, 0], 3, 2)
            .Node("GatherElements", ["x", "i"], ["y"], "", ("axis", 1))),
        .. new[] { "constant", "reflect",
            "edge" }.Select(mode => new OperatorCase($"Pad {mode}", [7, 11, 13, 18], Image, (model, opset) =>
        {
            long[] pads = [0, 0, 1, 2, 0, 0, 2, 1];
            if (opset < 11)
                model.Node("Pad", ["x"], ["y"], "", ("pads", pads), ("mode", mode));
            else
                model.Constant("p", pads, 8).Node("Pad", ["x", "p"], ["y"], "", ("mode", mode));
        })),
        new("Pad value", [11, 13], Image,
            (model, _) => model.Constant("p", [0L, 1, 1, -2, 0, 0, 2, 1], 8).Constant("v", [0.7f], [])
            .Node("Pad", ["x", "p", "v"], ["y"])),
        new("Pad axes", [18, 22], Image, (model, _) => model.Constant("p", [1L, 2, 2, 1], 4).Constant("a", [3L, 2], 2)
            .Node("Pad", ["x", "p", "", "a"], ["y"])),
        new("Pad wrap", [19, 22], Image, (model, _) => model.Constant("p", [0L, 0, 1, 2, 0, 0, 2, 1], 8)
            .Node("Pad", ["x", "p"], ["y"], "", ("mode", "wrap"))),
    ];

    private static IEnumerable<OperatorCase> Resizing()
    {
        yield return new OperatorCase("Upsample", [7, 9], Image, (model, opset) =>
        {
            if (opset < 9)
                model.Node("Upsample", ["x"], ["y"], "", ("scales", new float[] { 1, 1, 2, 3 }), ("mode", "nearest"));
            else
                model.Constant("s", [1f, 1, 2, 3], 4).Node("Upsample", ["x", "s"], ["y"], "", ("mode", "nearest"));
        });
        yield return new OperatorCase("Resize of opset 10", [10], Image, (model, _) => model.Constant("s", [1f, 1, 1.5f, 2], 4)
            .Node("Resize", ["x", "s"], ["y"], "", ("mode", "nearest")));
        foreach (var mode in new[] { "nearest", "linear", "cubic" })
        {
            foreach (var coordinates in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" })
            {
                yield return Resize($"Resize {mode} {coordinates}", [11, 13, 18], ("mode", mode),
                    ("coordinate_transformation_mode", coordinates));
                yield return Resize($"Resize {mode} {coordinates} to sizes", [11, 13, 19], [5, 11],
                    ("mode", mode), ("coordinate_transformation_mode", coordinates));
            }
        }
        foreach (var rounding in new[] { "round_prefer_ceil", "floor", "ceil" })
            yield return Resize($"Resize nearest {rounding}", [11, 13], ("mode", "nearest"), ("nearest_mode", rounding));
        yield return Resize("Resize cubic exclude_outside", [11, 13], ("mode", "cubic"), ("exclude_outside", 1),
            ("cubic_coeff_a", -0.5f));
        yield return Resize("Resize half_pixel_symmetric", [19, 22], ("mode", "linear"),
            ("coordinate_transformation_mode", "half_pixel_symmetric"));
    }

    private static IEnumerable<OperatorCase> Features() =>
    [
        Case($"{Ml}.Scaler", [13], Matrix, "Scaler", ("offset", new[] { 0.1f, 0.2f, 0.3f, 0.4f, 0.5f }),
            ("scale", new[] { 1f, 2f, 3f, 4f, 5f })),
        Case($"{Ml}.Scaler of one number", [13], Matrix, "Scaler", ("offset", new[] { 0.1f }), ("scale", new[] { 3f })),
        .. new[] { "MAX", "L1",
            "L2" }.Select(
                norm => Case($"{Ml}.Normalizer {norm}", [13], Matrix, "Normalizer", ("norm", norm)) with { IsPositive = true }),
        new($"{Ml}.Imputer", [13], Matrix, (model, _) => model.Constant("zero", [0f], []).Node("Max", ["x", "zero"], ["c"])
            .Node("Imputer", ["c"], ["y"], Ml, ("imputed_value_floats", new[] { 1f, 2f, 3f, 4f, 5f }),
                ("replaced_value_float", 0f))),
        Case($"{Ml}.FeatureVectorizer", [13], Matrix, "FeatureVectorizer", ("inputdimensions", new long[] { 5 })),
        new($"{Ml}.ArrayFeatureExtractor", [13], Matrix, (model, _) => model.Constant("i", [3L, 0], 2)
            .Node("ArrayFeatureExtractor", ["x", "i"], ["y"], Ml)),
        Case($"{Ml}.Binarizer", [13], Matrix, "Binarizer", ("threshold", 0.1f)) with { HasGradient = false },
        new($"{Ml}.LabelEncoder", [13], Matrix, (model, _) => model.Node("Round", ["x"], ["r"])
            .Node("LabelEncoder", ["r"], ["y"], Ml, ("keys_floats", new[] { 0f, 1f }), ("values_floats", new[] { 0.5f, 3f }),
                ("default_float", 7f)))
        { HasGradient = false },
    ];

    private static IEnumerable<OperatorCase> Models()
    {
        float[] weights = [.. Enumerable.Range(0, 15).Select(i => (i * 7 % 11 - 5) / 5f)];
        foreach (var after in new[] { "NONE", "SOFTMAX", "LOGISTIC" })
        {
            yield return Classifier($"{Ml}.LinearClassifier {after}", weights, [0.1f, -0.2f, 0.3f], [0, 1, 2], after);
            yield return Case($"{Ml}.LinearRegressor {after}", [13], Matrix, "LinearRegressor", ("coefficients", weights[..10]),
                ("intercepts", new[] { 0.1f, 0.2f }), ("targets", 2), ("post_transform", after));
        }
        foreach (var after in new[] { "NONE", "LOGISTIC" })
            yield return Classifier($"{Ml}.LinearClassifier of one row {after}", weights[..5], [0.1f], [0, 1], after);
        (string, object)[] nodes =
        [
            ("nodes_treeids", new long[] { 0, 0, 0, 0, 0, 1, 1, 1 }), ("nodes_nodeids", new long[] { 0, 1, 2, 3, 4, 0, 1, 2 }),
            ("nodes_featureids", new long[] { 1, 0, 0, 3, 0, 4, 0, 0 }),
            ("nodes_modes", new[] { "BRANCH_LEQ", "LEAF", "BRANCH_GT", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF" }),
            ("nodes_values", new[] { 0.1f, 0, 0.2f, 0, 0, -0.3f, 0, 0 }),
            ("nodes_truenodeids", new long[] { 1, 0, 3, 0, 0, 1, 0, 0 }),
            ("nodes_falsenodeids", new long[] { 2, 0, 4, 0, 0, 2, 0, 0 }),
        ];
        foreach (var mode in new[] { "BRANCH_LEQ", "BRANCH_GTE" })
        {
            (string, object)[] own = [.. nodes.Select(entry => entry.Item1 == "nodes_modes"
                ? ("nodes_modes", new[] { mode, "LEAF", mode, "LEAF", "LEAF", mode, "LEAF", "LEAF" }) : entry)];
            yield return Case($"{Ml}.TreeEnsembleRegressor {mode}", [13], Matrix, "TreeEnsembleRegressor", [.. own,
                ("target_treeids", new long[] { 0, 0, 0, 1, 1 }), ("target_nodeids", new long[] { 1, 3, 4, 1, 2 }),
                ("target_ids", new long[] { 0, 0, 0, 0, 0 }), ("target_weights", new[] { 0.1f, 0.2f, -0.3f, 0.7f, -0.9f }),
                ("n_targets", 1), ("base_values", new[] { 0.25f })]) with
            { HasGradient = false };
        }
        foreach (var after in new[] { "NONE", "SOFTMAX", "LOGISTIC" })
        {
            yield return new OperatorCase($"{Ml}.TreeEnsembleClassifier {after}", [13], Matrix, (model, _) => model
                .Node("TreeEnsembleClassifier", ["x"], ["label", "y"], Ml, [.. Uniform(nodes, "BRANCH_LEQ"),
                    ("class_treeids", new long[] { 0, 0, 0, 1, 1, 1 }), ("class_nodeids", new long[] { 1, 3, 4, 1, 2, 2 }),
                    ("class_ids", new long[] { 0, 1, 2, 0, 1, 2 }),
                    ("class_weights", new[] { 0.1f, 0.2f, 0.3f, 0.7f, 0.9f, -0.4f }),
                    ("classlabels_int64s", new long[] { 0, 1, 2 }), ("post_transform", after)]))
            { HasGradient = false };
            foreach (var (own, text) in new[] { (1L, "second"), (0L, "first") })
            {
                foreach (var sign in new[] { 1f, -1f })
                    yield return new OperatorCase($"{Ml}.TreeEnsembleClassifier of the {text} class {after} {sign}", [13], Matrix,
                        (model, _) => model
                        .Node("TreeEnsembleClassifier", ["x"], ["label", "y"], Ml, [.. Uniform(nodes, "BRANCH_LEQ"),
                            ("class_treeids", new long[] { 0, 0, 0, 1, 1 }), ("class_nodeids", new long[] { 1, 3, 4, 1, 2 }),
                            ("class_ids", new[] { own, own, own, own, own }),
                            ("class_weights", new[] { 0.1f, 0.2f, sign * 0.3f, 0.07f, 0.09f }),
                            ("classlabels_int64s", new long[] { 0, 1 }), ("post_transform", after)]))
                    { HasGradient = false };
            }
        }
    }

    private static (string, object)[] Uniform((string, object)[] nodes, string mode) => [.. nodes.Select(entry =>
        entry.Item1 == "nodes_modes"
            ? ("nodes_modes", new[] { mode, "LEAF", mode, "LEAF", "LEAF", mode, "LEAF", "LEAF" }) : entry)];

    private static OperatorCase Classifier(string name, float[] weights, float[] intercepts, long[] labels, string after) =>
        new(name, [13], Matrix, (model, _) => model.Node("LinearClassifier", ["x"], ["label", "y"], Ml, ("coefficients", weights),
            ("intercepts", intercepts), ("classlabels_ints", labels), ("post_transform", after)));

    private static OperatorCase Case(string name, long[] opsets, long[] shape, string type,
        params (string, object)[] attributes) =>
        new(name, opsets, shape, (model, _) => model.Node(
            type, ["x"], ["y"], name.StartsWith(Ml, StringComparison.Ordinal) ? Ml : "", attributes));

    private static OperatorCase Convolution(string name, long[] weight, params (string, object)[] attributes) =>
        new(name, Any, Image, (model, _) => model.Weights("w", false, weight)
            .Weights("b", false, name.StartsWith("ConvT", StringComparison.Ordinal) ? weight[1] * Groups(attributes) : weight[0])
            .Node(name.Split(' ')[0], ["x", "w", "b"], ["y"], "", attributes));

    private static long Groups((string Name, object Value)[] attributes) =>
        attributes.FirstOrDefault(entry => entry.Name == "group").Value is int groups ? groups : 1;

    private static OperatorCase Pool(string name, long[] opsets, params (string, object)[] attributes) =>
        Case(name, opsets, Image, name.Split(' ')[0], [("kernel_shape", new long[] { 3, 2 }), .. attributes]);

    private static OperatorCase Reduction(string name, long[] axes, bool keeps) => new(name, [7, 13, 18], Image, (model, opset) =>
    {
        var type = name.Split(' ')[0];
        long[] given = opset < 11 ? [.. axes.Select(axis => axis < 0 ? axis + 4 : axis)] : axes;
        if (opset >= (type == "ReduceSum" ? 13 : 18))
            model.Constant("axes", given, given.Length).Node(type, ["x", "axes"], ["y"], "", ("keepdims", keeps ? 1 : 0));
        else
            model.Node(type, ["x"], ["y"], "", ("axes", given), ("keepdims", keeps ? 1 : 0));
    })
    { IsPositive = true };

    private static OperatorCase Resize(string name, long[] opsets, params (string, object)[] attributes) =>
        new(name, opsets, Image, (model, opset) => Empty(model, opset).Constant("s", [1f, 1, 1.7f, 0.6f], 4)
            .Node("Resize", ["x", opset < 13 ? "none" : "", "s"], ["y"], "", attributes));

    private static OperatorCase Resize(string name, long[] opsets, long[] sizes, params (string, object)[] attributes) =>
        new(name, opsets, Image, (model, opset) => Empty(model, opset).Constant("s", [2L, 3, .. sizes], 4)
            .Node("Resize", opset < 13 ? ["x", "none", "none", "s"] : ["x", "", "", "s"], ["y"], "", attributes));

    // Opset 11 has no way to leave an input of Resize out.
    private static OnnxModel Empty(OnnxModel model, long opset) =>
        opset < 13 ? model.Constant("none", Array.Empty<float>(), 0) : model;

    private static void WithAxes(OnnxModel model, string type, long[] axes, long opset)
    {
        if (opset < 13)
            model.Node(type, ["x"], ["y"], "", ("axes", axes));
        else
            model.Constant("axes", axes, axes.Length).Node(type, ["x", "axes"], ["y"]);
    }
}

using System.Globalization;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using Onnx;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Tests.Networks;

/// <summary>Nodes that do not fit their inputs: an error that names them.</summary>
public sealed class BadNodeTests
{
    public static TheoryData<string> Damages => [.. Models.Keys];

    // In the order in which the fault suite found them: aborts, divisions by zero, memory, other errors.
    private static readonly Dictionary<string, Func<OnnxModel>> Models = new(StringComparer.Ordinal)
    {
        ["MatMul of other sizes"] = () => Start().Weights("w", false, 5, 2).Node("MatMul", ["x", "w"], ["y"]),
        ["MatMul of stacks that differ"] = () => Start().Weights("w", false, 5, 4, 2).Node("MatMul", ["x", "w"], ["y"]),
        ["MatMul of integers and numbers"] = () => Start().Constant("w", new long[16], 1, 4, 4).Node("MatMul", ["x", "w"], ["y"]),
        ["MatMul with an integer"] = () => Start().Node("Size", ["x"], ["s"]).Node("MatMul", ["x", "s"], ["y"]),
        ["MatMul of Booleans"] = () => Start().Node("IsNaN", ["x"], ["b"]).Node("MatMul", ["b", "b"], ["y"]),
        ["MatMul of too many"] = () => Start().Constant("c", new float[100_000], 100_000, 1)
            .Constant("r", new float[100_000], 1, 100_000).Node("MatMul", ["c", "r"], ["m"]).Node("ReduceSum", ["m"], ["s"])
            .Node("Add", ["x", "s"], ["y"]),
        ["LinearRegressor of an integer"] = () => Start().Node("Size", ["x"], ["s"])
            .Node("LinearRegressor", ["s"], ["y"], "ai.onnx.ml", ("coefficients", new float[4])),
        ["Conv strides of 2^40"] = () => Start().Weights("w", false, 2, 3, 2, 2).Node("Conv", ["x", "w"], ["y"], "",
            ("strides", new[] { 1L << 40, 2 }), ("auto_pad", "SAME_UPPER")),
        ["Conv pads"] = () => Start().Weights("w", false, 2, 3, 2, 2).Node("Conv", ["x", "w"], ["y"], "",
            ("pads", new long[] { 100_000, 100_000, 0, 0 })),
        ["Conv kernel_shape of another weight"] = () => Start().Weights("w", false, 2, 3, 2, 2)
            .Node("Conv", ["x", "w"], ["y"], "",
            ("kernel_shape", new long[] { 3, 3 })),
        ["ConvTranspose strides"] = () => Start().Weights("w", false, 3, 2, 2, 2).Node("ConvTranspose", ["x", "w"], ["y"], "",
            ("strides", new long[] { 100_000, 100_000 })),
        ["Div of the smallest integer by zero"] = () => Whole("Div", long.MinValue, 0),
        ["DepthToSpace of nothing"] = () => Start().Node("DepthToSpace", ["x"], ["y"], "", ("blocksize", 0)),
        ["Tile of too many"] = () => Start().Constant("s", [1L, 1, 1 << 20, 1 << 20], 4).Node("Tile", ["x", "s"], ["y"]),
        ["Expand of too many"] = () => Start().Constant("s", [1L << 30, 1, 1, 1, 1], 5).Node("Expand", ["x", "s"], ["y"]),
        ["Range of too many"] = () => Start().Constant("a", [0f], []).Constant("b", [1e30f], []).Constant("c", [1f], [])
            .Node("Range", ["a", "b", "c"], ["r"]).Node("Gather", ["r", "zero"], ["v"]).Node("Add", ["x", "v"], ["y"])
            .Constant("zero", [0L], []),
        ["Concat that doubles"] = () => Enumerable.Range(0, 40).Aggregate(Start(), (model, i) => model
            .Node("Concat", [i == 0 ? "x" : $"v{i}", i == 0 ? "x" : $"v{i}"], [$"v{i + 1}"], "", ("axis", 1)))
            .Node("Relu", ["v40"], ["y"]),
        ["Add of a row and a column"] = () => Start().Constant("c", new float[100_000], 100_000, 1)
            .Constant("r", new float[100_000], 100_000).Node("Add", ["c", "r"], ["m"]).Node("ReduceSum", ["m"], ["s"])
            .Node("Add", ["x", "s"], ["y"]),
        ["Einsum of a row and a column"] = () => Start().Constant("c", new float[100_000], 100_000)
            .Node("Einsum", ["c", "c"], ["m"], "", ("equation", "i,j->ij")).Node("ReduceSum", ["m"], ["s"])
            .Node("Add", ["x", "s"], ["y"]),
        ["Resize of too many"] = () => Start().Constant("s", [1f, 1, 1e6f, 1e6f], 4).Node("Resize", ["x", "", "s"], ["y"]),
        ["Split into other parts"] = () => Start().Node("Split", ["x"], ["y", "z"], "", ("axis", 1)),
        ["TreeEnsembleRegressor targets"] = () => new OnnxModel(13).Input("x", -1, 4)
            .Node("TreeEnsembleRegressor", ["x"], ["y"], "ai.onnx.ml", ("nodes_treeids", new long[1]),
            ("nodes_nodeids", new long[1]), ("nodes_featureids", new long[1]), ("nodes_modes", new[] { "LEAF" }),
            ("nodes_values", new float[1]), ("nodes_truenodeids", new long[1]), ("nodes_falsenodeids", new long[1]),
            ("target_treeids", new long[1]), ("target_nodeids", new long[1]), ("target_ids", new long[1]),
            ("target_weights", new float[1]), ("n_targets", int.MaxValue)),
        ["Conv left out weight"] = () => Start().Node("Conv", ["x", ""], ["y"]),
        ["Clip of no bound"] = () => Start().Constant("low", Array.Empty<float>(), 0).Node("Clip", ["x", "low"], ["y"]),
        ["Reshape of a shape that does not fit"] = () => Start().Constant("s", [7L, 7], 2).Node("Reshape", ["x", "s"], ["y"]),
        ["GatherElements of a scalar"] = () => Start().Node("Size", ["x"], ["s"]).Node("Gather", ["s", "s"], ["y"]),
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void NodesThatDoNotFit_AreNamed(string name)
    {
        var model = Models[name]().Output("y");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Record.Exception(() =>
        {
            using var network = OnnxNetwork.Read(model.Bytes, new OnnxNetworkOptions { OutputName = "y" });
            using var inputs = network.InputShape.Count == 4 ? rand(2, 3, 4, 4) : rand(2, 4);
            using var found = network.call(inputs);
        });
        Assert.True(error is InvalidDataException or NotSupportedException or InvalidOperationException, $"{error}");
        var node = model.Graph.Node.Select(entry => $"{entry.OpType} (node '{entry.Name}')");
        Assert.Contains(node, text => error.Message.Contains(text, StringComparison.Ordinal));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
    }

    [Theory]
    [InlineData("Div", -7, 2, -3)]
    [InlineData("Div", long.MinValue, -1, long.MinValue)]
    [InlineData("Mod", long.MinValue, -1, 0)]
    [InlineData("Mod", -7, 3, 2)]
    public void IntegersAreDivided_AlsoTheSmallestOne(string type, long first, long second, long expected)
    {
        using var network = OnnxNetwork.Read(Whole(type, first, second).Output("y").Bytes);
        using var inputs = zeros(1, 3, 4, 4);
        using var found = network.call(inputs);
        Assert.Equal(expected.ToString(CultureInfo.InvariantCulture),
            found[0].item<long>().ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void GraphsWithANameTwice_AreRefused()
    {
        Assert.Contains("makes the value 'w', which is an input or a constant", Refused(Start().Weights("w", false, 4)
            .Node("Relu", ["x"], ["w"]).Node("Add", ["x", "w"], ["y"])), StringComparison.Ordinal);
        Assert.Contains("makes the value 'x', which is an input or a constant", Refused(Start().Weights("w", false, 4)
            .Node("Relu", ["w"], ["x"]).Node("Add", ["x", "w"], ["y"])), StringComparison.Ordinal);
        var model = Start().Node("Relu", ["x"], ["y"]);
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Version = 12 });
        Assert.Contains("says twice which version", Refused(model), StringComparison.Ordinal);
        model = Start().Node("Add", ["x", "w"], ["y"]);
        model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { Enumerable.Repeat(1L, 100) } });
        Assert.Contains("has 100 axes: expected 16 at most", Refused(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("If")]
    [InlineData("Loop")]
    [InlineData("TopK")]
    public void OperatorsWithGraphs_AreNamed(string type) => Assert.Contains($"The operator {type} of {type} (node '{type}0')",
        Assert.Throws<NotSupportedException>(() => OnnxNetwork.Read(Start().Node(type, ["x"], ["y"]).Output("y").Bytes)).Message,
        StringComparison.Ordinal);

    private static OnnxModel Start() => new OnnxModel(13).Input("x", -1, 3, 4, 4);

    // Integers that depend on the input's sizes, so that the forward pass divides them.
    private static OnnxModel Whole(string type, long first, long second) => Start().Constant("zero", [0L], 1)
        .Constant("a", [first], 1).Constant("b", [second], 1).Node("Shape", ["x"], ["s"])
        .Node("Slice", ["s", "zero", "one"], ["n"])
        .Constant("one", [1L], 1).Node("Mul", ["n", "zero"], ["none"]).Node("Add", ["none", "a"], ["first"])
        .Node("Add", ["none", "b"], ["second"]).Node(type, ["first", "second"], ["y"]);

    private static string Refused(OnnxModel model) =>
        Assert.Throws<InvalidDataException>(() => OnnxNetwork.Read(model.Output("y").Bytes)).Message;
}

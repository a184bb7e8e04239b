using Google.Protobuf;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using ML.Robustness.Testing;
using Onnx;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Tests.Networks;

/// <summary>What is refused: one clear error each, and nothing allocated that is only claimed.</summary>
public sealed class BadFileTests
{
    [Fact]
    public void Operators_ThatAreNotSupported_AreNamed()
    {
        var error = Assert.Throws<NotSupportedException>(() => Read(Start().Node("Foo", ["x"], ["y"]).Output("y")));
        Assert.StartsWith("The operator Foo of Foo (node 'Foo0'), opset 13, is not supported.", error.Message,
            StringComparison.Ordinal);
        error = Assert.Throws<NotSupportedException>(
            () => Read(Start().Node("Relu", ["x"], ["y"], "", ("strange", 1)).Output("y")));
        Assert.StartsWith("Relu (node 'Relu0') of opset 13 has the attribute 'strange', which is not supported.", error.Message,
            StringComparison.Ordinal);
        error = Assert.Throws<NotSupportedException>(() => Read(Start().Node("MaxPool", ["x"], ["y", "places"], "",
            ("kernel_shape", new long[] { 2, 2 })).Output("y")));
        Assert.Contains("the places of the maxima", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(23)]
    public void Opsets_OutsideTheRange_AreRefused(long opset) => Assert.Contains($"uses version {opset} of ONNX's operators",
        Assert.Throws<NotSupportedException>(
            () => Read(new OnnxModel(opset).Input("x", 1, 4).Node("Relu", ["x"], ["y"]).Output("y")))
            .Message, StringComparison.Ordinal);

    [Fact]
    public void SeveralInputsOrOutputs_AreListed()
    {
        var outputs = Assert.Throws<ArgumentException>(
            () => Read(Start().Node("Relu", ["x"], ["y"]).Node("Tanh", ["x"], ["z"]).Output("y").Output("z")));
        Assert.Contains("has 2 outputs, 'y', 'z': set OnnxNetworkOptions.OutputName", outputs.Message, StringComparison.Ordinal);
        var inputs = Assert.Throws<ArgumentException>(
            () => Read(Start().Input("v", -1, 3, 4, 4).Node("Add", ["x", "v"], ["y"]).Output("y")));
        Assert.Contains("depends on 2 inputs, 'x', 'v'", inputs.Message, StringComparison.Ordinal);
        Assert.Contains("has no value 'q'", Assert.Throws<ArgumentException>(() => OnnxNetwork.Read(
            Start().Node("Relu", ["x"], ["y"]).Output("y").Bytes, new OnnxNetworkOptions { OutputName = "q" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void IntegerInputs_AreRefused()
    {
        var model = Start().Node("Relu", ["x"], ["y"]).Output("y");
        model.Graph.Input[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        Assert.Contains("input 'x' is of Int64, but attacks and attributions need numbers",
            Assert.Throws<NotSupportedException>(() => Read(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GraphsThatContradictThemselves_AreRefused()
    {
        Assert.Contains("form a circle", Refused(Start().Node("Add", ["x", "b"], ["a"]).Node("Relu", ["a"], ["b"]).Output("b")),
            StringComparison.Ordinal);
        Assert.Contains("two nodes make the value 'y'",
            Refused(Start().Node("Relu", ["x"], ["y"]).Node("Tanh", ["x"], ["y"]).Output("y")),
            StringComparison.Ordinal);
        Assert.Contains("reads 'w', which nothing makes", Refused(Start().Node("Add", ["x", "w"], ["y"]).Output("y")),
            StringComparison.Ordinal);
        Assert.Contains("has 1 inputs instead of 2", Refused(Start().Node("Conv", ["x"], ["y"]).Output("y")),
            StringComparison.Ordinal);
        Assert.Contains("no ONNX model", Assert.Throws<InvalidDataException>(() => OnnxNetwork.Read([])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ClaimedSizes_AllocateNothing()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var large = Start().Node("Add", ["x", "w"], ["y"]).Output("y");
        var proto = OnnxModel.Tensor("w", new float[4], 4);
        proto.Dims.Clear();
        proto.Dims.Add([20_000, 20_000, 4]);
        large.Graph.Initializer.Add(proto);
        Assert.Contains("tensor 'w' has 4 values, but its sizes need 1600000000", Refused(large), StringComparison.Ordinal);
        proto.Dims.Clear();
        proto.Dims.Add([long.MaxValue, 2]);
        Assert.Contains("tensor 'w' claims the sizes", Refused(large), StringComparison.Ordinal);
        Assert.Contains("asks for a value of sizes [1099511627776]", Refused(Start().Constant("s", [1L << 40], 1)
            .Node("ConstantOfShape", ["s"], ["c"]).Node("Add", ["x", "c"], ["y"]).Output("y")), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
    }

    [Fact]
    public void DataInOtherFiles_MustBeThere_InTheFolder()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.PathOf("inside"));
        var path = folder.PathOf("inside/model.onnx");
        File.WriteAllBytes(folder.PathOf("inside/data"), new byte[80]);
        File.WriteAllBytes(folder.PathOf("outside"), new byte[80]);
        File.CreateSymbolicLink(folder.PathOf("inside/link"), folder.PathOf("outside"));
        void Save(string location, long? offset = null, long? length = null)
        {
            var model = Start().Node("Add", ["x", "w"], ["y"]).Output("y");
            var proto = new TensorProto
            {
                Name = "w",
                DataType = (int)TensorProto.Types.DataType.Float,
                DataLocation = TensorProto.Types.DataLocation.External,
            };
            proto.Dims.Add(4L);
            proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
            if (offset is { } at)
                proto.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{at}" });
            if (length is { } count)
                proto.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{count}" });
            model.Graph.Initializer.Add(proto);
            File.WriteAllBytes(path, model.Bytes);
        }
        Save("data", 64, 16);
        using (var network = OnnxNetwork.Load(path))
        using (var inputs = rand(1, 3, 4, 4))
            Assert.True(network.call(inputs).equal(inputs).all().item<bool>());
        foreach (var (location, offset, length, expected) in new (string, long?, long?, string)[]
        {
            ("../outside", null, null, "outside the folder of the model"),
            (folder.PathOf("outside"), null, null, "outside the folder"),
            ("link", null, null, "outside the folder"), ("data", 72, 16, "needs 16 bytes from 72"),
            ("data", 0, 12, "needs 16 bytes from 0 of 'data' (it says 12)"), ("data", -1, 16, "which is no number"),
        })
        {
            Save(location, offset, length);
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => OnnxNetwork.Load(path)).Message,
                StringComparison.Ordinal);
        }
        Save("missing");
        Assert.Contains("'missing', which is not in the model's folder",
            Assert.Throws<FileNotFoundException>(() => OnnxNetwork.Load(path)).Message, StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(path);
        Assert.Contains("load it by its path", Assert.Throws<InvalidDataException>(() => OnnxNetwork.Read(bytes)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedFiles_GiveTheDocumentedErrors()
    {
        var good = Start().Weights("w", false, 4, 3, 3, 3).Weights("b", false, 4).Constant("s", [0L, -1], 2)
            .Node("Conv", ["x", "w", "b"], ["c"], "", ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["c"], ["r"])
            .Node("MaxPool", ["r"], ["p"], "", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
            .Node("Reshape", ["p", "s"], ["y"]).Output("y").Bytes;
        var random = new Random(7);
        using var inputs = rand(2, 3, 4, 4);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = (byte[])good.Clone();
            if (i % 3 == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            else
                for (var flip = 0; flip < i % 3; flip++)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                using var network = OnnxNetwork.Read(bytes);
                using var found = network.call(inputs);
            }
            catch (Exception error) when (error is InvalidDataException or NotSupportedException or ArgumentException
                or InvalidOperationException)
            {
                Assert.NotEmpty(error.Message);
            }
        }
    }

    private static OnnxModel Start() => new OnnxModel(13).Input("x", -1, 3, 4, 4);

    private static void Read(OnnxModel model) => OnnxNetwork.Read(model.Bytes).Dispose();

    private static string Refused(OnnxModel model) => Assert.Throws<InvalidDataException>(() => Read(model)).Message;
}

using System.Reflection;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Tests.Networks;

/// <summary>Whole graphs as networks.</summary>
public sealed class NetworkTests
{
    private static readonly string ResNet18 = typeof(NetworkTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(entry => entry.Key == "ResNet18").Value!;

    [Fact]
    public void PretrainedResNet18_GivesOnnxRuntimesFeatures_InBatches()
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 2 * 3 * 224 * 224).Select(_ => 200 * random.NextSingle() - 100)];
        var bytes = File.ReadAllBytes(ResNet18);
        var expected = values.Chunk(values.Length / 2)
            .SelectMany(row => Runtime.Run(bytes, "Input247", row, [1, 3, 224, 224], "Pooling395_Output_0").Values).ToArray();

        using var network = OnnxNetwork.Load(ResNet18);
        using var inputs = tensor(values, [2, 3, 224, 224]).requires_grad_();
        using var found = network.call(inputs);

        Assert.Equal([2, 512, 1, 1], found.shape);
        Near(expected, found);
        Assert.Equal((8, "Input247", "Pooling395_Output_0", OnnxOutputs.Values),
            (network.Opset, network.InputName, network.OutputName, network.Outputs));
        Assert.Equal([1, 3, 224, 224], network.InputShape.Select(size => (int)size!));
        found.sum().backward();
        Assert.True(inputs.grad!.isfinite().all().item<bool>() && inputs.grad.abs().sum().item<float>() > 0);
        // Every convolution's weight is trained, no statistics of batches.
        Assert.True(network.parameters().Count(parameter => parameter.dim() == 4) == 22);
        Assert.Equal(44, network.buffers().Count());
    }

    [Fact]
    public void ReshapesOfADeclaredBatch_TakeAnyBatch()
    {
        var model = new OnnxModel(13).Input("x", 1, 2, 3, 2).Weights("w", false, 12, 4).Constant("s", [1L, -1], 2)
            .Constant("t", [1L, 2, 2], 3).Node("Reshape", ["x", "s"], ["flat"]).Node("MatMul", ["flat", "w"], ["m"])
            .Node("Reshape", ["m", "t"], ["y"]).Output("y").Bytes;
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 60).Select(_ => random.NextSingle())];
        var expected = values.Chunk(12).SelectMany(row => Runtime.Run(model, "x", row, [1, 2, 3, 2], "y").Values).ToArray();
        using var network = OnnxNetwork.Read(model);
        using var inputs = tensor(values, [5, 2, 3, 2]);
        using var found = network.call(inputs);
        Assert.Equal([5, 2, 2], found.shape);
        Near(expected, found);
    }

    [Fact]
    public void SoftmaxAtTheEnd_IsLeftOut_UnlessItIsNamed()
    {
        var model = Classifier().Node("Softmax", ["z"], ["y"]).Output("y").Bytes;
        using var logits = OnnxNetwork.Read(model);
        using var probabilities = OnnxNetwork.Read(model, new OnnxNetworkOptions { OutputName = "y" });
        Assert.Equal((OnnxOutputs.LogitsBeforeSoftmax, "z"), (logits.Outputs, logits.OutputName));
        Assert.Equal((OnnxOutputs.Values, "y"), (probabilities.Outputs, probabilities.OutputName));
        using var inputs = rand(3, 4);
        Assert.True(logits.call(inputs).softmax(1).allclose(probabilities.call(inputs)));
    }

    [Fact]
    public void ValueWithinTheGraph_IsAnOutput_AndWhatItDoesNotNeedIsLeftOut()
    {
        // The second branch has an operator that is not supported, and an input of its own.
        var model = Classifier().Input("other", 2, 2).Node("Foo", ["z", "other"], ["y"]).Output("y").Output("z");
        using var network = OnnxNetwork.Read(model.Bytes, new OnnxNetworkOptions { OutputName = "z" });
        using var inputs = rand(3, 4);
        Assert.Equal([3, 3], network.call(inputs).shape);
    }

    [Fact]
    public void ParametersAreWeights_AndTrain()
    {
        var model = Classifier().Constant("half", [0.5f], []).Node("Mul", ["z", "half"], ["y"]).Output("y").Bytes;
        using var network = OnnxNetwork.Read(model);
        Assert.Equal(["b", "w"], network.named_parameters().Select(entry => entry.name).Order());
        Assert.Equal(["half"], network.named_buffers().Select(entry => entry.name));
        using var inputs = rand(8, 4);
        using var before = network.call(inputs).detach();
        using var optimizer = optim.SGD(network.parameters(), 0.1);
        network.call(inputs).square().sum().backward();
        optimizer.step();
        Assert.True(network.call(inputs).square().sum().item<float>() < before.square().sum().item<float>());
    }

    [Fact]
    public void StateDictionary_ComesBack()
    {
        using var network = OnnxNetwork.Read(Classifier().Output("z").Bytes);
        using var other = OnnxNetwork.Read(Classifier().Output("z").Bytes);
        using (no_grad())
            other.get_parameter("w")!.zero_();
        using var content = new MemoryStream();
        network.save(content);
        using var copy = new MemoryStream(content.ToArray());
        other.load(copy);
        using var inputs = rand(2, 4);
        Assert.True(network.call(inputs).equal(other.call(inputs)).all().item<bool>());
    }

    [Fact]
    public void SizesOfTheInput_AreFollowed_WhereTheyAreOpen()
    {
        var model = new OnnxModel(13).Input("x", -1, 3, -1, -1).Node("Shape", ["x"], ["s"]).Constant("zero", [0L], 1)
            .Constant("two", [2L], 1).Constant("four", [4L], 1).Constant("double", [2L], []).Constant("same", [0L, 0], 2)
            .Node("Slice", ["s", "two", "four", "zero"], ["size"]).Node("Mul", ["size", "double"], ["twice"])
            .Node("Slice", ["s", "zero", "two", "zero"], ["first"]).Node("Concat", ["first", "twice"], ["sizes"], "", ("axis", 0))
            .Node("Resize", ["x", "", "", "sizes"], ["y"], "", ("mode", "linear")).Output("y").Bytes;
        using var network = OnnxNetwork.Read(model);
        foreach (var (rows, height, width) in new[] { (2, 4, 5), (3, 6, 2), (2, 4, 5), (1, 1, 1) })
        {
            using var inputs = rand(rows, 3, height, width);
            using var found = network.call(inputs);
            Assert.Equal([rows, 3, 2 * height, 2 * width], found.shape);
            Near(Runtime.Run(model, "x", inputs.data<float>().ToArray(), inputs.shape, "y").Values, found);
        }
    }

    [Fact]
    public void SizesThatDependOnTheNumbers_AreNotKept()
    {
        var model = new OnnxModel(13).Input("x", -1, 6).Constant("zero", [0f], []).Constant("start", [0L], 1)
            .Constant("all", [-1L], 1).Node("Greater", ["x", "zero"], ["above"])
            .Node("Cast", ["above"], ["ones"], "", ("to", 7)).Node("ReduceSum", ["ones"], ["sum"], "", ("keepdims", 0))
            .Node("Reshape", ["sum", "all"], ["count"]).Node("Reshape", ["x", "all"], ["flat"])
            .Node("Slice", ["flat", "start", "count"], ["part"]).Node("Relu", ["part"], ["values"])
            .Node("Shape", ["values"], ["y"]).Output("y", global::Onnx.TensorProto.Types.DataType.Int64).Bytes;
        using var network = OnnxNetwork.Read(model);
        foreach (var count in new[] { 2, 5, 0, 2 })
        {
            float[] values = [.. Enumerable.Range(0, 6).Select(i => i < count ? 1f : -1f)];
            using var inputs = tensor(values, [1, 6]);
            using var found = network.call(inputs);
            Assert.Equal(Runtime.Run(model, "x", values, [1, 6], "y").Values.Single(), (double)found[0].item<long>());
        }
    }

    [Fact]
    public void WeightsThatMeetSizes_AreReadAnew()
    {
        var model = new OnnxModel(13).Input("x", -1, 3).Weights("w", true, 3).Constant("one", [1f], 1).Node("Shape", ["x"], ["s"])
            .Node("ConstantOfShape", ["s"], ["zeros"]).Node("Add", ["zeros", "w"], ["rows"]).Node("Mul", ["x", "rows"], ["y"])
            .Output("y").Bytes;
        using var network = OnnxNetwork.Read(model);
        using var inputs = ones(2, 3);
        using (network.call(inputs))
        using (no_grad())
            network.get_parameter("w")!.fill_(7);
        using var found = network.call(inputs);
        Assert.True(found.eq(7).all().item<bool>());
        found.sum().backward();
        Assert.Equal([2f, 2, 2], network.get_parameter("w")!.grad!.data<float>().ToArray());
    }

    [Fact]
    public void ConstantOfShape_KeepsIntegersThatNoFloatHolds()
    {
        var model = new OnnxModel(13).Input("x", -1, 3).Node("Shape", ["x"], ["s"])
            .Node("ConstantOfShape", ["s"], ["y"], "", ("value", OnnxModel.Tensor("", [16777217L], 1)))
            .Output("y", global::Onnx.TensorProto.Types.DataType.Int64).Bytes;
        using var network = OnnxNetwork.Read(model);
        using var inputs = ones(2, 3);
        using var found = network.call(inputs);
        Assert.Equal(Enumerable.Repeat(16777217L, 6), found.data<long>().ToArray());
    }

    [Fact]
    public void GradientsOfNorms_AreFinite_AtZero()
    {
        foreach (var type in new[] { "ReduceL2", "LpNormalization" })
        {
            var node = new OnnxModel(13).Input("x", -1, 3).Node(type, ["x"], ["y"]).Output("y").Bytes;
            using var network = OnnxNetwork.Read(node);
            using var inputs = zeros(2, 3).requires_grad_();
            network.call(inputs).sum().backward();
            Assert.True(inputs.grad!.isfinite().all().item<bool>());
        }
    }

    [Fact]
    public void SizesThatNothingReads_AreLeftOut_AgainAndAgain()
    {
        var model = new OnnxModel(13).Input("x", -1, 3, 4).Node("Shape", ["x"], ["s"]).Constant("parts", [1L, 2], 2)
            .Constant("one", [-1L], 1).Node("Split", ["s", "parts"], ["first", "rest"], "", ("axis", 0))
            .Node("Concat", ["first", "one"], ["sizes"], "", ("axis", 0)).Node("Reshape", ["x", "sizes"], ["y"]).Output("y");
        using var network = OnnxNetwork.Read(model.Bytes);
        using var inputs = rand(2, 3, 4);
        for (var run = 0; run < 3; run++)
        {
            using var found = network.call(inputs);
            Assert.Equal([2, 12], found.shape);
        }
    }

    [Fact]
    public void WrongInputs_AreRefused_BeforeLibtorchSeesThem()
    {
        using var network = OnnxNetwork.Read(new OnnxModel(13).Input("x", -1, 3, 4).Node("Relu", ["x"], ["y"]).Output("y").Bytes);
        Assert.StartsWith("The ONNX network reads inputs of shape (N, 3, 4), got [2, 3, 5].",
            Assert.Throws<ArgumentException>(() => network.call(zeros(2, 3, 5))).Message, StringComparison.Ordinal);
        Assert.StartsWith("The ONNX network reads floating-point inputs, got Int64.",
            Assert.Throws<ArgumentException>(() => network.call(zeros(2, 3, 4, ScalarType.Int64))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_RunAtTheSameTime_AndNothingIsLeftBehind()
    {
        var model = Classifier().Node("Shape", ["z"], ["s"]).Node("Reshape", ["z", "s"], ["y"])
            .Output("y").Bytes;
        using var network = OnnxNetwork.Read(model);
        using var inputs = rand(16, 4);
        using var expected = Run(inputs);
        var before = LiveTensors.Count();
        Parallel.For(0, 200, _ =>
        {
            using var scope = NewDisposeScope();
            using var own = inputs.clone().requires_grad_();
            var found = network.call(own);
            found.sum().backward();
            Assert.True(found.equal(expected).all().item<bool>());
            own.grad!.Dispose();
        });
        LiveTensors.AssertNoMoreThan(before);

        Tensor Run(Tensor given)
        {
            using var quiet = no_grad();
            return network.call(given);
        }
    }

    private static OnnxModel Classifier() => new OnnxModel(13).Input("x", -1, 4).Weights("w", false, 4, 3).Weights("b", false, 3)
        .Node("Gemm", ["x", "w", "b"], ["z"]);

    private static void Near(double[] expected, Tensor found)
    {
        var numbers = found.detach().to(ScalarType.Float64).flatten().data<double>().ToArray();
        var scale = Math.Max(1, expected.Max(Math.Abs));
        Assert.Equal(expected.Length, numbers.Length);
        var largest = expected.Zip(numbers, (first, second) => Math.Abs(first - second)).Max();
        Assert.True(largest <= 1e-5 * scale, $"They differ by {largest} at a scale of {scale}.");
    }
}

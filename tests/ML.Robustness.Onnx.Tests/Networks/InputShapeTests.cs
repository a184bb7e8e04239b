using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Tests.Networks;

/// <summary>Graphs read for rows of another shape than their files declare.</summary>
public sealed class InputShapeTests
{
    private static readonly InputShape Larger = new(1, 6, 5);

    [Fact]
    public void ConvolutionalGraph_GivesOnnxRuntimesValues_AtASizeOfItsOwn()
    {
        var random = new Random(2);
        float[] values = [.. Enumerable.Range(0, 2 * 30).Select(_ => 2 * random.NextSingle() - 1)];
        var expected = values.Chunk(30).SelectMany(
            row => Runtime.Run(Convolution(6, 5), "x", row, [1, 1, 6, 5], "y").Values).ToArray();
        using var network = OnnxNetwork.Read(Convolution(4, 4), new OnnxNetworkOptions { InputShape = Larger });
        using var inputs = tensor(values, [2, 1, 6, 5]);
        using var found = network.call(inputs);

        Assert.Equal([1, 1, 6, 5], network.InputShape.Select(size => (int)size!));
        Assert.Equal([2, 3], found.shape);
        var numbers = found.data<float>().ToArray();
        Assert.All(expected.Zip(numbers), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.StartsWith("The ONNX network reads inputs of shape (N, 1, 6, 5), got [2, 1, 4, 4].",
            Assert.Throws<ArgumentException>(() => network.call(zeros(2, 1, 4, 4))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shape_IsKeptInTheModelFile()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        using var classifier = ml.MulticlassClassification.FromOnnx(
            folder.Write("model.onnx", Convolution(4, 4)), ["red", "green", "blue"],
            graph: new OnnxNetworkOptions { InputShape = Larger });
        using var saved = new MemoryStream();
        ml.Model.Save(classifier, null, saved);
        saved.Position = 0;
        using var loaded = Assert.IsType<NeuralClassifierTransformer>(ml.Model.Load(saved, out _));

        Assert.Equal((Larger, Larger), (classifier.InputShape, loaded.InputShape));
        using var inputs = rand(3, 1, 6, 5);
        using var before = classifier.Network.call(inputs);
        using var after = loaded.Network.call(inputs);
        Assert.True(before.equal(after).all().item<bool>());
    }

    [Fact]
    public void ShapeThatTheGraphCannotTake_IsAnErrorOfTheNode()
    {
        var model = new OnnxModel(13).Input("x", 1, 1, 4, 4).Weights("w", false, 16, 3).Node("Flatten", ["x"], ["flat"])
            .Node("MatMul", ["flat", "w"], ["y"]).Output("y").Bytes;
        using var network = OnnxNetwork.Read(model, new OnnxNetworkOptions { InputShape = Larger });
        Assert.StartsWith("MatMul (node 'MatMul1') does not take Float32 [2, 30] and Float32 [16, 3]",
            Assert.Throws<InvalidOperationException>(() => network.call(zeros(2, 1, 6, 5))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShapeOfOtherAxes_IsRefused()
    {
        Assert.StartsWith("OnnxNetworkOptions.InputShape is 30, but input 'x' has 4 axes with the batch: expected "
            + "new InputShape(channels, height, width).", Refused(4, InputShape.Vector(30)), StringComparison.Ordinal);
        Assert.Contains("has 2 axes with the batch: expected InputShape.Vector(length).", Refused(2, Larger),
            StringComparison.Ordinal);
        Assert.Contains("has 3 axes with the batch: expected null, the shape of the file.", Refused(3, Larger),
            StringComparison.Ordinal);

        static string Refused(int axes, InputShape shape)
        {
            var model = new OnnxModel(13).Input("x", [.. Enumerable.Repeat(2L, axes)])
                .Node("Relu", ["x"], ["y"]).Output("y").Bytes;
            return Assert.Throws<ArgumentException>(
                () => OnnxNetwork.Read(model, new OnnxNetworkOptions { InputShape = shape })).Message;
        }
    }

    private static byte[] Convolution(int height, int width) => new OnnxModel(13).Input("x", 1, 1, height, width)
        .Weights("w", false, 3, 1, 3, 3).Node("Conv", ["x", "w"], ["maps"], "", ("pads", new long[] { 1, 1, 0, 0 }))
        .Node("GlobalAveragePool", ["maps"], ["mean"]).Node("Flatten", ["mean"], ["y"]).Output("y").Bytes;
}

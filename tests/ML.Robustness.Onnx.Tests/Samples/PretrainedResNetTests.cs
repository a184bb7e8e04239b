using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.Transforms.Classifiers;
using PretrainedNetwork;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Tests.Samples;

/// <summary>The network and the data of samples/PretrainedNetwork.</summary>
public sealed class PretrainedResNetTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_ReachTheGraph_AsThePackagePreprocessesThem()
    {
        var path = typeof(PretrainedResNetTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(entry => entry.Key == "ResNetPreprocess").Value!;
        using var scope = NewDisposeScope();
        using var package = OnnxNetwork.Load(path);
        using var network = PretrainedResNet.Create(4);
        // Images of one colour: 51, 102 and 204 of 255 in red, green and blue.
        var colors = tensor([0.2f, 0.4f, 0.8f]).view(1, 3, 1, 1);
        var layers = network.named_children().Take(2).Select(child => (nn.Module<Tensor, Tensor>)child.module).ToArray();
        var found = layers[1].call(layers[0].call(colors.expand(2, 3, 32, 32)));
        var expected = package.call(colors.mul(255).expand(1, 3, 224, 224));

        Assert.Equal([2, 3, PretrainedResNet.ImageSize, PretrainedResNet.ImageSize], found.shape);
        // The package subtracts an image whose colours vary by place; their means are subtracted here.
        var differences = found.mean([0, 2, 3]).sub(expected.mean([0, 2, 3])).abs().data<float>().ToArray();
        Assert.All(differences, difference => Assert.InRange(difference, 0, 0.01));
        Assert.Equal(0, found.std([2, 3]).max().item<float>(), 1e-3);
    }

    [Fact]
    public void LastStage_IsTheLayersOf512Channels()
    {
        using var network = PretrainedResNet.Create(4);
        var stage = PretrainedResNet.LastStage(network);
        var names = network.named_parameters().Select(entry => entry.name).ToArray();

        // Three blocks: six convolutions and one beside them, each with a normalisation of two parameters.
        Assert.Equal(7 * 3, stage.Count);
        Assert.Equal(["head.bias", "head.weight"], names.Where(PretrainedResNet.IsOfHead).Order());
        Assert.DoesNotContain("body.Parameter37", stage); // the last convolution of 256 channels
        Assert.Contains("body.Parameter32", stage); // the first of 512
    }

    [Fact]
    public void Classifier_ComesBackFromItsFile()
    {
        PretrainedResNet.Register();
        using var classifier = PretrainedResNet.ToClassifier(_ml, PretrainedResNet.Create(4));
        _ml.Model.SaveAtomically(classifier, null, _folder.PathOf("model.zip"));
        using var loaded = (NeuralClassifierTransformer)_ml.Model.Load(_folder.PathOf("model.zip"), out _);
        using var images = rand(2, 3, 32, 32);
        using var before = classifier.Network.call(images);
        using var after = loaded.Network.call(images);

        Assert.Equal([2, 4], after.shape);
        Assert.True(before.equal(after).all().item<bool>());
    }

    [Fact]
    public void Cifar_TheFirstImagesOfEachClass_AreTaken()
    {
        // airplane, automobile, dog and horse are 0, 1, 5 and 7; the value of an image is its number.
        byte[] labels = [9, 7, 5, 1, 0, 7, 7, 5, 1, 0];
        byte[] content = [.. labels.SelectMany((label, row) => Enumerable.Repeat((byte)row, 3072).Prepend(label))];
        _folder.Write("data_batch_1.bin", content);
        _folder.Write("test_batch.bin.gz", content, compressed: true);
        var settings = ExperimentSettings.Full with { TrainImages = 2, TestImages = 1 };
        var images = CifarImages.Open(_ml, $"{_folder}", settings);

        Assert.Equal((8, 4), (images.TrainRows, images.TestRows));
        Assert.Equal([4u, 3u, 2u, 1u, 4u, 3u, 2u, 1u], images.Train.GetColumn<uint>("Label"));
        Assert.Equal([1, 2, 3, 4, 5, 7, 8, 9],
            images.Train.GetColumn<float[]>("Features").Select(row => (int)Math.Round(255 * row[^1])));
        var picked = CifarImages.Pick(_ml, images.Test, [3, 0]);
        Assert.Equal([1u, 4u], picked.GetColumn<uint>("Label"));
        Assert.Equal([4, 1], picked.GetColumn<float[]>("Features").Select(row => (int)Math.Round(255 * row[0])));
    }

    [Fact]
    public void Cifar_AFolderWithoutIt_IsOneError()
    {
        _folder.Write("test_batch.bin", new byte[3073]);
        Assert.StartsWith($"{_folder} has no .bin or .bin.gz file called data_batch or train. Expected CIFAR-10's binary version",
            Refused($"{_folder}"), StringComparison.Ordinal);
        Assert.Contains("name the folder with --data", Refused(_folder.PathOf("absent")), StringComparison.Ordinal);

        string Refused(string folder) => Assert.Throws<FileNotFoundException>(
            () => CifarImages.Open(_ml, folder, ExperimentSettings.Quick)).Message;
    }
}

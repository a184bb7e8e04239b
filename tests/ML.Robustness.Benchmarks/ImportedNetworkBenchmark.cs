using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Onnx.Networks;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>What a network read from an ONNX file costs, as a ratio to the same network written in TorchSharp.</summary>
internal static class ImportedNetworkBenchmark
{
    private const int Images = 64, Classes = 10, Passes = 4;

    private static readonly InputShape Shape = new(3, 32, 32);

    /// <summary>Times and prints.</summary>
    /// <param name="rounds">How often each case is run, in rotation.</param>
    /// <param name="threads">libtorch's threads.</param>
    internal static void Run(int rounds, int threads)
    {
        set_num_threads(threads);
        Console.WriteLine(
            $"ONNX networks, {Images} images {Shape}, {threads} threads, {rounds} rounds; floor: the same layers in TorchSharp");
        using var plain = Sequential(
            Conv2d(3, 32, 3, 1, 1), ReLU(), MaxPool2d(2), Conv2d(32, 64, 3, 1, 1), ReLU(), MaxPool2d(2),
            Flatten(), Linear(4096, 128), ReLU(), Linear(128, Classes));
        Compare("ConvNet(32, 128)", plain, rounds);
        using var residual = ModelArchitecture.ResidualNet(16).Create(Shape, Classes, seed: 1);
        Compare("ResidualNet(16)", residual, rounds);
    }

    private static void Compare(string architecture, Module<Tensor, Tensor> floor, int rounds)
    {
        using var imported = Imported(architecture);
        using var images = rand(Images, Shape.Channels, Shape.Height, Shape.Width);
        foreach (var network in new[] { floor, imported })
        {
            network.eval();
            foreach (var parameter in network.parameters())
                parameter.requires_grad_(false);
        }
        foreach (var hasGradients in new[] { false, true })
        {
            var ratios = new List<double>();
            for (var round = -1; round < rounds; round++)
            {
                var (one, other) = (BusySeconds(() => Pass(floor, images, hasGradients)),
                    BusySeconds(() => Pass(imported, images, hasGradients)));
                if (round >= 0)
                    ratios.Add(other / one);
            }
            Console.WriteLine($"  {architecture}, {(hasGradients ? "forward and backward" : "forward")}: {Median(ratios):0.00} "
                + $"({ratios.Min():0.00} to {ratios.Max():0.00})");
        }
    }

    private static void Pass(Module<Tensor, Tensor> network, Tensor images, bool hasGradients)
    {
        for (var pass = 0; pass < Passes; pass++)
        {
            using var scope = NewDisposeScope();
            if (hasGradients)
            {
                var variable = images.detach().requires_grad_(true);
                autograd.backward(network.call(variable).sum(), inputs: [variable]);
            }
            else
            {
                using var quiet = no_grad();
                network.call(images);
            }
        }
    }

    private static OnnxNetwork Imported(string architecture)
    {
        var ml = new MLContext(seed: 1);
        var path = Path.GetTempFileName();
        try
        {
            using var classifier = ml.MulticlassClassification.FromModule(
                ModelArchitecture.Parse(architecture).Create(Shape, Classes, seed: 1), Shape,
                [.. Enumerable.Range(0, Classes).Select(label => $"{label}")]);
            using (var file = File.Create(path))
                ml.Model.ConvertToOnnx(classifier, ml.Data.LoadFromEnumerable([new Row()]), file);
            return OnnxNetwork.Load(path, new OnnxNetworkOptions { OutputName = "Score.output" });
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed class Row
    {
        [VectorType(3, 32, 32)]
        public float[] Features { get; set; } = new float[Shape.Length];
    }
}

using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>The cost of feature data sets, relative to the passes that they need at least.</summary>
internal static class FeatureDatasetBenchmark
{
    private const int BatchSize = 256, Steps = 50;

    // The floor: the same network, forward and backward to the input, once for each step, and nothing else.
    internal static void Run(int rounds, int threads)
    {
        set_num_threads(threads);
        Console.WriteLine(
            $"Feature data sets, ConvNet on 1×28×28, batch {BatchSize}, {Steps} steps, {threads} threads, {rounds} rounds; "
                + $"floor: as many passes forward and backward of the same network");
        using var scope = NewDisposeScope();
        var images = rand(BatchSize, 1, 28, 28);
        var labels = arange(BatchSize).remainder(10);
        using var network = ModelArchitecture.ConvNet().Create(new InputShape(1, 28, 28), 10, seed: 1);
        using var frozen = new ModelScope(network);
        using var starts = new InitialRows(rand(2000, 1, 28, 28));
        Measure("feature matching", new FeatureMatching(starts) { Steps = Steps }, network, images, labels, rounds);
        Measure("targeted relabelling", new TargetedRelabeling(ThreatModel.L2(0.5), TargetAssignment.Random) { Steps = Steps },
            network, images, labels, rounds);
    }

    private static void Measure(string name, FeatureDatasetMethod method, Module<Tensor, Tensor> network, Tensor images,
        Tensor labels, int rounds)
    {
        void Made() => method.CreateRows(network, images, labels).Dispose();
        void Floor()
        {
            for (var pass = 0; pass < Steps; pass++)
            {
                using var one = NewDisposeScope();
                var variable = images.detach().requires_grad_(true);
                autograd.backward(functional.cross_entropy(network.call(variable), labels, reduction: Reduction.Sum),
                    inputs: [variable]);
            }
        }

        Made();
        Floor();
        var ratios = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var (ours, floor) = (Seconds(Made), Seconds(Floor));
            ratios.Add(ours / floor);
            Console.WriteLine($"  {name} {ours:0.00} s, floor {floor:0.00} s, ratio {ratios[^1]:0.00}");
        }

        Console.WriteLine($"{name}: median ratio {Median(ratios):0.00}");
    }
}

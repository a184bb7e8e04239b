using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>What a pass through a fitted chain costs, as a ratio to the same network written in TorchSharp.</summary>
internal static class ChainBenchmark
{
    private const int Rows = 256, Numbers = 3, Width = 64, Passes = 50;

    /// <summary>Times and prints.</summary>
    /// <param name="rounds">How often each case is run, in rotation.</param>
    /// <param name="threads">libtorch's threads.</param>
    internal static void Run(int rounds, int threads)
    {
        set_num_threads(threads);
        Console.WriteLine(
            $"Concatenate, NormalizeMinMax and a network as one differentiable chain, {Rows} rows, {threads} threads, {rounds} "
            + "rounds; floor: the same in TorchSharp");
        foreach (var hidden in new[] { 64, 512 })
            Compare(hidden, rounds);
    }

    private static void Compare(int hidden, int rounds)
    {
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(_ => new Row
        {
            Age = 20 + (50 * random.NextSingle()),
            Income = 5000 * random.NextSingle(),
            Debt = 100 * random.NextSingle(),
            Usage = [.. Enumerable.Range(0, Width).Select(_ => 10 * random.NextSingle())],
        }).ToArray());
        string[] columns = ["Age", "Income", "Debt", "Usage"];
        var steps = ml.Transforms.Concatenate("Features", columns)
            .Append(ml.Transforms.NormalizeMinMax("Features", fixZero: false)).Fit(data);
        var parameters = (NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>)steps.LastTransformer
            .GetNormalizerModelParameters(0);
        var shape = InputShape.Vector(Numbers + Width);
        using var classifier = ml.MulticlassClassification.FromModule(
            ModelArchitecture.MultilayerPerceptron(hidden, hidden).Create(shape, 3, seed: 1), shape, ["a", "b", "c"]);
        using var chain = ml.MulticlassClassification.FromPipeline(steps.Append(classifier), data, columns);
        using var floor = new Plain([.. parameters.Offset], [.. parameters.Scale], classifier.Network);
        using var inputs = rand(Rows, shape.Length);
        foreach (var hasGradients in new[] { false, true })
        {
            var ratios = new List<double>();
            for (var round = -1; round < rounds; round++)
            {
                var (one, other) = (BusySeconds(() => Pass(floor, inputs, hasGradients)),
                    BusySeconds(() => Pass(chain.Network, inputs, hasGradients)));
                if (round >= 0)
                    ratios.Add(other / one);
            }
            Console.WriteLine($"  two layers of {hidden}, {(hasGradients ? "forward and backward" : "forward")}: "
                + $"{Median(ratios):0.00} ({ratios.Min():0.00} to {ratios.Max():0.00})");
        }
    }

    private static void Pass(Module<Tensor, Tensor> network, Tensor inputs, bool hasGradients)
    {
        for (var pass = 0; pass < Passes; pass++)
        {
            using var scope = NewDisposeScope();
            if (hasGradients)
            {
                var variable = inputs.detach().requires_grad_(true);
                autograd.backward(network.call(variable).sum(), inputs: [variable]);
            }
            else
            {
                using var quiet = no_grad();
                network.call(inputs);
            }
        }
    }

    /// <summary>The same in TorchSharp, by hand.</summary>
    private sealed class Plain(float[] offset, float[] scale, Module<Tensor, Tensor> network) : Module<Tensor, Tensor>("Plain")
    {
        private readonly Tensor _offset = tensor(offset), _scale = tensor(scale);

        public override Tensor forward(Tensor input)
        {
            using var shifted = input.sub(_offset);
            using var normal = shifted.mul(_scale);
            return network.call(normal);
        }
    }

    private sealed class Row
    {
        public float Age { get; set; }

        public float Income { get; set; }

        public float Debt { get; set; }

        [VectorType(Width)]
        public float[] Usage { get; set; } = [];
    }
}

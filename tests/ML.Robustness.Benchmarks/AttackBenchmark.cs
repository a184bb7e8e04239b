using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;
using Samples.Shared;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>What attacks cost, as ratios to the passes that they cannot do without.</summary>
internal static class AttackBenchmark
{
    private const int BatchSize = 256;
    private static readonly ThreatModel Ball = ThreatModel.LInf(0.1);

    internal static void Run(int rounds, int threads)
    {
        set_num_threads(threads);
        Steps(rounds, threads);
        Restarts(threads);
        Squares(rounds, threads);
    }

    // The floor: the same network in default strides, forward and backward to the input, nothing else.
    private static void Steps(int rounds, int threads)
    {
        Console.WriteLine(
            $"PGD-10, ConvNet on 1×28×28, batch {BatchSize}, {threads} threads, {rounds} rounds; floor: ten passes forward and "
                + $"backward of the same layers in default strides");
        using var scope = NewDisposeScope();
        var images = rand(BatchSize, 1, 28, 28);
        var labels = arange(BatchSize).remainder(10);
        using var network = ModelArchitecture.ConvNet().Create(new InputShape(1, 28, 28), 10, seed: 1);
        using var plain = Sequential(
            Conv2d(1, 32, 3, 1, 1), ReLU(), MaxPool2d(2), Conv2d(32, 64, 3, 1, 1), ReLU(), MaxPool2d(2),
            Flatten(), Linear(3136, 128), ReLU(), Linear(128, 10));
        foreach (var parameter in plain.parameters())
            parameter.requires_grad_(false);

        var attack = new ProjectedGradientDescent(Ball) { Steps = 10, StepSize = 0.025 };
        void Attacked() => attack.Perturb(network, images, AttackGoal.Untargeted(labels)).Dispose();
        void Floor()
        {
            for (var pass = 0; pass < 10; pass++)
            {
                using var one = NewDisposeScope();
                var variable = images.detach().requires_grad_(true);
                autograd.backward(functional.cross_entropy(plain.call(variable), labels, reduction: Reduction.Sum),
                    inputs: [variable]);
            }
        }

        Attacked();
        Floor();
        var ratios = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var (ours, floor) = (Seconds(Attacked), Seconds(Floor));
            ratios.Add(ours / floor);
            Console.WriteLine($"  PGD-10 {1000 * ours:0} ms, floor {1000 * floor:0} ms, ratio {ratios[^1]:0.00}");
        }

        Console.WriteLine($"median ratio {Median(ratios):0.00}");
    }

    // Rows that fall leave smaller passes behind: what a query costs in them, beside the network's own pass. Labels are what the
    // network says, and nothing falls.
    private static void Squares(int rounds, int threads)
    {
        const int Queries = 40;
        Console.WriteLine(
            $"Square-{Queries}, ConvNet on 1×28×28, {threads} threads, {rounds} rounds: processor time of a query, and of a row "
                + $"in a bare pass");
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ConvNet().Create(new InputShape(1, 28, 28), 10, seed: 1);
        network.eval();
        var attack = new SquareAttack(ThreatModel.LInf(1e-6)) { Queries = Queries };
        var images = rand(BatchSize, 1, 28, 28);
        Tensor labels;
        using (no_grad())
            labels = network.call(images).argmax(1);
        foreach (var rows in new[] { BatchSize, 128, 64, 32, 8 })
        {
            var (some, goal) = (images.narrow(0, 0, rows), AttackGoal.Untargeted(labels.narrow(0, 0, rows)));
            void Attacked() => attack.Perturb(network, some, goal).Dispose();
            void Bare()
            {
                for (var pass = 0; pass < Queries; pass++)
                {
                    using var one = NewDisposeScope();
                    using var quiet = no_grad();
                    network.call(some);
                }
            }

            Attacked();
            Bare();
            var costs = Enumerable.Range(0, rounds)
                .Select(_ => (Attack: BusySeconds(Attacked) / rows / Queries, Bare: BusySeconds(Bare) / rows / Queries))
                .ToArray();
            Console.WriteLine(
                $"  {rows,3} rows: {1e6 * Median(costs.Select(cost => cost.Attack)):0} µs a "
                        + $"query, {1e6 * Median(costs.Select(cost => cost.Bare)):0} µs in a bare pass, "
                        + $"ratio {Median(costs.Select(cost => cost.Attack / cost.Bare)):0.00}");
        }
    }

    // Later restarts only see the rows still robust, of which a standard network leaves few.
    private static void Restarts(int threads)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.GenerateDigits(2000);
        using var model = ml.MulticlassClassification.Trainers.AdversarialTraining(
            new AdversarialTrainer.Options { Objective = new StandardObjective(), Epochs = 3 }).Fit(data);
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.2)) { Steps = 20 };
        var (once, restarted) = (0.0, 0.0);
        double Evaluate(Attack with) => Seconds(() => ml.MulticlassClassification.EvaluateRobustness(model, data, with));
        Evaluate(new FastGradientMethod(attack.ThreatModel));
        once = Evaluate(attack);
        restarted = Evaluate(attack.WithRestarts(5));
        Console.WriteLine(
            $"{attack} of a standard network on 2000 rows, {threads} threads: once {once:0.0} s, 5 "
                    + $"restarts {restarted:0.0} s, ratio to five runs {restarted / (5 * once):0.00}");
    }
}

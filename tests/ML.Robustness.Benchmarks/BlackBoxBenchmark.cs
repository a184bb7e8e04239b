using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>What black-box attacks cost beside the model's own passes: FastTree behind a normaliser, on breast-cancer.</summary>
internal static class BlackBoxBenchmark
{
    internal static void Run(int trees, int rows, int rounds, int threads, string folder)
    {
        var path = Path.Combine(folder, "breast-cancer.txt");
        if (!File.Exists(path))
        {
            Console.WriteLine($"Black-box attacks: not measured, since there is no {path}. Give its folder with --tabular.");
            return;
        }
        set_num_threads(threads);
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(BreastCancerRow.Read(path));
        var model = ml.Transforms.NormalizeMinMax("Features")
            .Append(ml.BinaryClassification.Trainers.FastTree(numberOfTrees: trees)).Fit(data);
        var threatModel = ThreatModel.LInf(1, new ValueRange(1, 10));
        foreach (var attack in (Attack[])
            [new HopSkipJumpAttack(threatModel) { Queries = 5000 }, new GradientEstimateAttack(threatModel)])
        {
            Console.WriteLine(
                $"{attack} of FastTree with {trees} trees, {rows} rows, {threads} threads, {rounds} rounds: processor time, and "
                    + "that of the same passes alone");
            var measured = new MeasuredAttack(attack, rounds);
            ml.BinaryClassification.EvaluateRobustness(model, ml.Data.TakeRows(data, rows), measured);
        }
    }

    /// <summary>Runs an attack, then the same passes without it, on the network that an evaluation makes of a model.</summary>
    private sealed class MeasuredAttack(Attack attack, int rounds) : Attack(attack.ThreatModel)
    {
        protected internal override Tensor Search(SearchContext search)
        {
            using var scope = NewDisposeScope();
            using var recording = new RecordingNetwork(search.Model);
            attack.Perturb(recording, search.Origins, search.Goal, search.Random).Dispose();
            var rows = recording.Passes.Sum(pass => pass.shape[0]);
            void Attacked() => attack.Perturb(search.Model, search.Origins, search.Goal, search.Random).Dispose();
            void Bare()
            {
                using var quiet = no_grad();
                foreach (var pass in recording.Passes)
                    search.Model.call(pass).Dispose();
            }

            Attacked();
            Bare();
            var ratios = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var (whole, bare) = (BusySeconds(Attacked), BusySeconds(Bare));
                ratios.Add(whole / bare);
                Console.WriteLine(
                    $"  {whole:0.00} s, {recording.Passes.Count} passes of {rows} rows alone {bare:0.00} s, "
                        + $"ratio {ratios[^1]:0.00}");
            }
            recording.Passes.ForEach(pass => pass.Dispose());
            Console.WriteLine($"median ratio {Median(ratios):0.00}");
            return search.Origins.clone().MoveToOuterDisposeScope();
        }
    }

    /// <summary>Another network, and the rows of each pass through it.</summary>
    private sealed class RecordingNetwork(Module<Tensor, Tensor> network) : Module<Tensor, Tensor>(nameof(RecordingNetwork))
    {
        internal List<Tensor> Passes { get; } = [];

        public override Tensor forward(Tensor input)
        {
            Passes.Add(input.clone().DetachFromDisposeScope());
            return network.call(input);
        }
    }
}

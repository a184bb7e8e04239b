using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using Samples.Shared;
using static ML.Robustness.Benchmarks.Rounds;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Benchmarks;

/// <summary>AutoAttack here and in the reference implementation: the same weights, images, threads and budgets, one after the
/// other.</summary>
/// <remarks>Seconds are the processor's: other work on the machine changes them less than those of the clock.</remarks>
internal static class AutoAttackBenchmark
{
    private const int TrainRows = 4000;
    private static readonly InputShape Shape = new(1, 28, 28);

    private sealed record Outcome(
        [property: JsonPropertyName("attack")] string Attack, [property: JsonPropertyName("rows")] long Rows,
        [property: JsonPropertyName("queries")] long Queries,
        [property: JsonPropertyName("seconds")] double Seconds, [property: JsonPropertyName("cpu")] double Busy,
        [property: JsonPropertyName("robust")] int[] Robust);

    internal static void Run(int rows, int threads, string? reference)
    {
        set_num_threads(threads);
        var ml = new MLContext(seed: 1);
        var folder = FashionMnist();
        var threat = ThreatModel.LInf(folder is null ? 0.2 : 0.1);
        using var train = Read(folder is null ? ml.Data.GenerateDigits(TrainRows, seed: 1) : Images(ml, folder, "train"),
            TrainRows);
        using var test = Read(folder is null ? ml.Data.GenerateDigits(rows, seed: 2) : Images(ml, folder, "t10k"), rows);
        using var network = ModelArchitecture.ConvNet().Create(Shape, 10, seed: 1);
        Console.WriteLine(
            $"AutoAttack standard, {threat}, ConvNet trained with PGD-7 "
                + $"on {train.RowCount} {(folder is null ? "digits" : "images of Fashion-MNIST")}, {test.RowCount} test "
                + $"images, {threads} threads");
        new RobustTrainer
        {
            Objective = new AdversarialObjective(new ProjectedGradientDescent(threat) { Steps = 7 }),
            Optimizer = new AdamWOptions { LearningRate = 3e-3 },
            Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
            Epochs = 2,
        }.Train(network, train);

        var ours = Attack(network, test, threat);
        if (reference is null)
        {
            Array.ForEach(ours, outcome => Console.WriteLine(Line(outcome)));
            Console.WriteLine(
                "No --reference FOLDER with the package autoattack (https://github.com/fra31/auto-attack), so there is nothing "
                    + "to compare with.");
            return;
        }

        var path = Path.GetTempFileName();
        try
        {
            Write(path, network, test);
            var theirs = Reference(reference, path, rows, threat.Epsilon, threads);
            if (theirs is null)
                Console.WriteLine(
                    "No python3 with torch here (Debian: apt-get install python3-torch), so there is nothing to compare with.");
            else
                Compare(ours, theirs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Outcome[] Attack(Module<Tensor, Tensor> network, LabeledDataset data, ThreatModel threat)
    {
        var suite = AttackSuite.AutoAttack(threat);
        // A pass and its buffers before the clock starts, as the reference's clean pass is before its.
        new AttackSuite(new FastGradientMethod(threat)).Run(network, data);
        var busy = new double[suite.Attacks.Count];
        var before = Busy();
        var result = suite.Run(network, data,
            new AttackSuiteOptions
            {
                Progress = new Heard(
                index => (busy[index], before) = (busy[index] + Busy() - before, Busy()))
            });
        int[] RobustAfter(int index) =>
            [.. result.RowResults.Select(verdict => verdict.IsCorrect && !(verdict.Attack <= index) ? 1 : 0)];
        return
        [
            new Outcome("", result.RowResults.Count, 0, 0, 0, RobustAfter(-1)),
            .. result.Attacks.Select(
                (attack, index) => new Outcome(attack.Name, attack.RowsAttacked, attack.Queries, attack.Duration.TotalSeconds,
                    busy[index], RobustAfter(index))),
        ];
    }

    private static Outcome[]? Reference(string folder, string path, int rows, double epsilon, int threads)
    {
        using var process = Python.Start("auto_attack.py", folder, path, rows, epsilon, threads);
        if (process is null)
            return null;
        var outcomes = new List<Outcome>();
        while (process.StandardOutput.ReadLine() is { } line)
            outcomes.Add(JsonSerializer.Deserialize<Outcome>(line)!);
        process.WaitForExit();
        return process.ExitCode == 0 ? [.. outcomes]
            : throw new InvalidOperationException("The reference ended before its time; what it said stands above.");
    }

    private static void Compare(Outcome[] ours, Outcome[] theirs)
    {
        Console.WriteLine($"  clean {Accuracy(ours[0]):P2}, reference {Accuracy(theirs[0]):P2}");
        foreach (var (mine, its) in ours.Zip(theirs).Skip(1))
        {
            Console.WriteLine(Line(mine));
            Console.WriteLine(Line(its));
            Console.WriteLine(
                $"    ratio: time {mine.Busy / its.Busy:0.00}, time a "
                        + $"row {mine.Busy / mine.Rows / (its.Busy / its.Rows):0.00}, time a "
                        + $"query {mine.Busy / mine.Queries / (its.Busy / its.Queries):0.00}; verdicts equal "
                        + $"in {mine.Robust.Zip(its.Robust).Count(pair => pair.First == pair.Second)} of {mine.Robust.Length}, "
                        + $"of {Fallen(its)} that fell there {Both(mine, its)} fell here");
        }

        var (time, queries) = (ours.Sum(one => one.Busy) / theirs.Sum(one => one.Busy),
            ours.Sum(one => one.Queries) / (double)theirs.Sum(one => one.Queries));
        Console.WriteLine(
            $"in all: ratio of time {time:0.00}, of queries {queries:0.00}, of time a query {time / queries:0.00}; robust "
                    + $"accuracy {Accuracy(ours[^1]):P2} here, {Accuracy(theirs[^1]):P2} there");

        int Fallen(Outcome outcome) => outcome.Robust.Where((robust, row) => robust == 0 && theirs[0].Robust[row] == 1).Count();
        int Both(Outcome mine, Outcome its) =>
            its.Robust.Where((robust, row) => robust == 0 && theirs[0].Robust[row] == 1 && mine.Robust[row] == 0).Count();
    }

    private static string Line(Outcome outcome) =>
        $"  {outcome.Attack,-22} {outcome.Busy,7:0.0} s ({outcome.Seconds:0.0} s by the "
            + $"clock), {outcome.Rows} rows, {outcome.Queries} queries, {1000 * outcome.Busy / Math.Max(outcome.Rows, 1):0.0} ms "
            + $"a row, {1e6 * outcome.Busy / Math.Max(outcome.Queries, 1):0} µs a query, {Accuracy(outcome):P2} after";

    private static double Accuracy(Outcome outcome) => outcome.Robust.Sum() / (double)outcome.Robust.Length;

    private static void Write(string path, Module<Tensor, Tensor> network, LabeledDataset data)
    {
        using var file = File.Create(path);
        using var scope = NewDisposeScope();
        void Put(Tensor values) =>
            file.Write(
                MemoryMarshal.AsBytes(values.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray().AsSpan()));
        foreach (var parameter in network.parameters())
            Put(parameter);
        using var batch = data.Batches((int)data.RowCount!, null).Single();
        Put(batch.Inputs);
        Put(batch.Labels);
    }

    private static LabeledDataset Read(IDataView view, int rows)
    {
        using var scope = NewDisposeScope();
        var images = view.GetColumn<float[]>("Features").Take(rows).ToArray();
        var labels = view.GetColumn<uint>("Label").Take(rows).Select(key => key - 1L).ToArray();
        return LabeledDataset.FromTensors(tensor(images.SelectMany(image => image).ToArray()).view(images.Length, Shape.Length),
            tensor(labels), Shape, 10);
    }

    private static IDataView Images(MLContext ml, string folder, string part) =>
        ml.Data.LoadFromIdx(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"),
            Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"));

    /// <summary>The images beside the repository, where there are any.</summary>
    private static string? FashionMnist()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "shared", "data", "fashion-mnist");
            if (Directory.Exists(data))
                return data;
        }

        return null;
    }

    private sealed class Heard(Action<int> act) : IProgress<AttackSuiteProgress>
    {
        public void Report(AttackSuiteProgress value) => act(value.Index);
    }
}

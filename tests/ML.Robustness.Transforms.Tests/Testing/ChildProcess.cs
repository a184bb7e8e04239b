using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Work in a process of its own, which may be killed or may end by itself.</summary>
internal static class ChildProcess
{
    internal const string Argument = "child-process";

    /// <summary>What writes a path: it says that it has begun, and goes on when it is told to.</summary>
    internal static readonly Dictionary<string, Action<string>> Writers = new()
    {
        ["training"] = path => Train(path, Pause),
        ["evaluation"] = path => Evaluate(path, Pause),
        ["feature data set"] = path => SaveRows(path, Pause),
    };

    /// <summary>Calls in a user's network which end the process inside TorchSharp, as docs/troubleshooting.md lists
    /// them.</summary>
    internal static readonly Dictionary<string, Action> Aborting = new()
    {
        ["sizes"] = () => zeros(2, 3).matmul(zeros(4, 5)),
        ["types"] = () => zeros(2, 3).matmul(zeros([3, 5], ScalarType.Int64)),
        ["no graph"] = () => autograd.grad([zeros(1)], [zeros(1)]),
        ["recursion"] = () => Recurse(0),
    };

    /// <summary>The name of the work that disposes classifiers while threads use them.</summary>
    internal const string Disposal = "disposal";

    internal static int Run(string name, string argument)
    {
        if (name == Disposal)
            return DisposeInUse(int.Parse(argument, CultureInfo.InvariantCulture));
        if (Aborting.TryGetValue(name, out var call))
            call();
        else
            Writers[name](argument);
        return 0;
    }

    internal static Process Start(string name, string argument = "")
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var text in new[] { typeof(ChildProcess).Assembly.Location, Argument, name, argument })
            start.ArgumentList.Add(text);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return Process.Start(start)!;
    }

    internal static void Train(string path, Action? begun = null)
    {
        var ml = new MLContext(1);
        using var fitted = TwoDimensionalClasses.Fitted(ml, options => (options.CheckpointPath, options.BatchProgress) =
            (path, new Told<TrainingProgress>(begun)));
    }

    internal static void Evaluate(string path, Action? begun = null)
    {
        var ml = new MLContext(1);
        using var fitted = TwoDimensionalClasses.Fitted(ml);
        ml.MulticlassClassification.EvaluateRobustness(fitted, TwoDimensionalClasses.Keyed(ml), new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.05),
            Suite = threat => new AttackSuite(
                new FastGradientMethod(threat), new UniformNoiseAttack(threat),
                new ProjectedGradientDescent(threat) { Steps = 2 }),
            StatePath = path,
            Progress = new Told<AttackSuiteProgress>(begun),
        });
    }

    internal static void SaveRows(string path, Action? begun = null) =>
        new MLContext(1).Data.SaveFeatureDataset(new MLContext(1).Data.GenerateDigits(20, seed: 1), path,
            new FeatureDatasetFileOptions
            {
                RowsPerBlock = 4,
                Kind = "digits",
                Progress = new Told<FeatureDatasetProgress>(begun),
            });

    private static int DisposeInUse(int rounds)
    {
        var (calls, faults) = DisposalStress.Run(rounds, threads: 16, seed: 1);
        Console.WriteLine(calls);
        foreach (var fault in faults)
            Console.Error.WriteLine(fault);
        return faults.Count;
    }

    private static void Pause()
    {
        Console.WriteLine("begun");
        Console.ReadLine();
    }

    private static int Recurse(int depth)
    {
        Span<byte> frame = stackalloc byte[1024];
        frame[0] = 1;
        return Recurse(depth + frame[0]) + frame[depth % 2];
    }

    private sealed class Told<T>(Action? begun) : IProgress<T>
    {
        private int _reports;

        // The second report: by then something was written.
        public void Report(T value)
        {
            if (++_reports == 2)
                begun?.Invoke();
        }
    }
}

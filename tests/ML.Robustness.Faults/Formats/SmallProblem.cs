using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Faults.Formats;

/// <summary>A small network with data, and the runs that write checkpoints and states.</summary>
internal static class SmallProblem
{
    internal static readonly ModelArchitecture Architecture = ModelArchitecture.MultilayerPerceptron(12);

    private const int Rows = 48, Length = 8, Classes = 3;
    private static readonly InputShape Shape = InputShape.Vector(Length);

    internal static Module<Tensor, Tensor> Network(ulong seed = 1) => Architecture.Create(Shape, Classes, seed);

    internal static LabeledDataset Data()
    {
        using var scope = NewDisposeScope();
        var random = new Random(2);
        var values = Enumerable.Range(0, Rows * Length).Select(i => random.NextSingle()).ToArray();
        var labels = Enumerable.Range(0, Rows).Select(row => (long)(row % Classes)).ToArray();
        return LabeledDataset.FromTensors(
            tensor(values, device: CPU).view(Rows, Length), tensor(labels, device: CPU), Shape, Classes);
    }

    /// <summary>Trains, from the checkpoint at the path where there is one, and returns the digest of the weights.</summary>
    internal static string Train(string path, int epochs, Action? pause = null, Action<int>? epochDone = null)
    {
        using var network = Network();
        using var data = Data();
        new RobustTrainer
        {
            Epochs = epochs,
            BatchSize = 16,
            WeightAverage = new WeightAverage { Decay = 0.9 },
            CheckpointPath = path,
            BatchProgress = new Call<TrainingProgress>(_ => pause?.Invoke()),
            Progress = new Call<EpochReport>(report => epochDone?.Invoke(report.Epoch)),
        }.Train(network, data);
        return ContentDigest.Of(network);
    }

    /// <summary>Attacks, from the state at the path where there is one, and returns the digest of the verdicts.</summary>
    internal static string Attack(string path, Action? pause = null, int steps = 3)
    {
        using var network = Network();
        using var data = Data();
        var threat = ThreatModel.LInf(0.1);
        var suite = new AttackSuite(
            new FastGradientMethod(threat), new ProjectedGradientDescent(threat) { Steps = steps });
        var result = suite.Run(network, data, new AttackSuiteOptions
        {
            StatePath = path,
            BatchSize = 8,
            KeepInputs = true,
            AttackAllRows = true,
            Progress = new Call<AttackSuiteProgress>(_ => pause?.Invoke()),
        });
        return ContentDigest.Of(string.Join('\n', result.RowResults.Select((row, place) =>
            $"{row} {string.Join(' ', result.InputOf(place)?.ToArray() ?? [])}"))
            + string.Join('\n', result.Attacks.Select(attack => $"{attack.RowsAttacked} {attack.Successes} {attack.Queries}")));
    }

    private sealed class Call<T>(Action<T> call) : IProgress<T>
    {
        public void Report(T value) => call(value);
    }
}

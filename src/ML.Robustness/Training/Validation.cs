using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>The clean and robust accuracy of a network on rows that were checked before.</summary>
internal static class Validation
{
    private const int RowsAtOnce = 256;

    internal static long Batches(long rows) => BatchPlan.Count(rows, RowsAtOnce);

    /// <summary>
    /// Measures the accuracies; a row counts as robust if it is classified correctly both clean and under attack.
    /// </summary>
    internal static (double Clean, double? Robust) Measure(
        Module<Tensor, Tensor> model, LabeledDataset data, Attack? attack, ulong seed, Device device, Action<double> shareDone,
        CancellationToken cancellation)
    {
        var settings = new AttackSuiteOptions
        {
            BatchSize = RowsAtOnce,
            Seed = seed,
            Device = device,
            IsChecked = true,
            Progress = new Relay(shareDone)
        };
        var result = new AttackSuiteRun(
            attack is null ? [] : [attack], attack?.ThreatModel.InputRanges ?? ValueRange.Unbounded, model, data, settings,
            cancellation).Run();
        return (result.CleanAccuracy, attack is null ? null : result.RobustAccuracy);
    }

    private sealed class Relay(Action<double> report) : IProgress<AttackSuiteProgress>
    {
        public void Report(AttackSuiteProgress value) => report(value.Share);
    }
}

using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Evaluation;

/// <summary>The accuracy over several radii, the smaller first.</summary>
/// <remarks>
/// The balls lie in one another: a row that fell once is not attacked again, nor is one at a smaller radius that withstood the
/// one evaluated. So each row is attacked where its verdict is open only, and the curve never rises.
/// </remarks>
internal sealed class EpsilonSweep(
    Func<double, AttackSuite> suiteAt, double epsilon, Module<Tensor, Tensor> model, LabeledDataset data,
    AttackSuiteOptions settings, EvaluationProgress progress)
{
    /// <summary>How many rows are robust at each radius.</summary>
    internal IReadOnlyList<(double Epsilon, long Robust)> Run(
        IReadOnlyList<double> epsilons, AttackSuiteResult known, CancellationToken cancellation)
    {
        // The least radius at which each row is known to fall: below any for those that are wrong as they are.
        var radius = known.RowResults.Select(verdict => Radius(verdict, epsilon)).ToArray();
        var points = new List<(double Epsilon, long Robust)>();
        foreach (var reach in epsilons)
        {
            if (reach != epsilon)
            {
                var suite = suiteAt(reach);
                bool[] skipped = [.. radius.Select((least,
                    row) => least <= reach || (reach < epsilon && known.RowResults[row].IsRobust))];
                var found = new AttackSuiteRun(
                    suite.Attacks, suite.ThreatModel.InputRanges, model, data, SettingsAt(reach, skipped), cancellation).Run();
                for (var row = 0; row < radius.Length; row++)
                    radius[row] = Math.Min(radius[row], Radius(found.RowResults[row], reach));
            }
            points.Add((reach, radius.Count(least => least > reach)));
        }
        return points;
    }

    private static double Radius(RowResult verdict, double reach) =>
        !verdict.IsCorrect ? -1 : verdict.Attack is null ? double.PositiveInfinity : Math.Min(verdict.Distance, reach);

    private AttackSuiteOptions SettingsAt(double reach, bool[] skipped) => new()
    {
        BatchSize = settings.BatchSize,
        Seed = settings.Seed,
        Device = settings.Device,
        Judge = settings.Judge,
        Progress = progress.Next(),
        StatePath = settings.StatePath is { } path ? CurveState.PathOf(path, reach) : null,
        // A state names the rows that it is of; without one, they were looked at already.
        IsChecked = settings.StatePath is null,
        Skipped = skipped,
    };
}

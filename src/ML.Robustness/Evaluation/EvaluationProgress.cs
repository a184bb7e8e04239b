using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;

namespace ML.Robustness.Evaluation;

/// <summary>The progress of a whole evaluation, out of that of its parts one after the other; it never falls.</summary>
/// <param name="next">The receiver; null for none.</param>
/// <param name="costs">What each part costs beside the others.</param>
internal sealed class EvaluationProgress(IProgress<AttackSuiteProgress>? next, double[] costs)
{
    private readonly double _whole = costs.Sum();
    private int _parts;
    private double _share;

    /// <summary>Passes of rows through the network, as far as they can be known before.</summary>
    internal static double Cost(AttackSuite suite, long rows) =>
        (double)rows * suite.Attacks.Sum(attack => 1 + attack.ExpectedPasses * attack.EotSamples);

    /// <summary>The receiver of the next part's progress.</summary>
    internal IProgress<AttackSuiteProgress>? Next() => next is null ? null : new Part(this, _parts++);

    private void Report(int part, AttackSuiteProgress value)
    {
        var share = part == costs.Length - 1 && value.Share == 1
            ? 1
            : (costs.Take(part).Sum() + value.Share * costs[part]) / _whole;
        _share = Math.Clamp(share, _share, 1);
        next!.Report(value with { Share = _share });
    }

    private sealed class Part(EvaluationProgress whole, int part) : IProgress<AttackSuiteProgress>
    {
        public void Report(AttackSuiteProgress value) => whole.Report(part, value);
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Objectives;
using ML.Robustness.Persistence;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Persistence;

/// <summary>Settings that differ in a number of a list read differently.</summary>
public class SettingsFingerprintTests
{
    [Fact]
    public void Of_NumbersAndRanges_HasEachOfThem()
    {
        var text = SettingsFingerprint.Of(new FastGradientMethod(
            ThreatModel.LInf(0.5).WithBudgets(1, 0.25).WithRanges(new(0, 1), ValueRange.Unbounded)));
        Assert.Contains("Budgets = [1, 0.25]", text, StringComparison.Ordinal);
        Assert.Contains("Ranges = [ValueRange { IsUnbounded = ", text, StringComparison.Ordinal);
        Assert.Contains("Maximum = 1, Minimum = 0 }, ValueRange { IsUnbounded = ", text, StringComparison.Ordinal);
        Assert.Contains("Maximum = Infinity, Minimum = -Infinity }]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ListsThatDifferInOneNumber_AreTwoTexts()
    {
        using var scope = NewDisposeScope();
        AssertDiffer(at => Objective(ThreatModel.L2(1).WithBudgets([.. Enumerable.Range(0, 3).Select(i => i == at ? 2.0 : 1)])));
        AssertDiffer(
            at => Objective(ThreatModel.L2(1).WithBudgets([.. Enumerable.Range(0, 784).Select(i => i == at ? 2.0 : 1)])));
        AssertDiffer(at => Objective(ThreatModel.L2(1).WithRanges(
            [.. Enumerable.Range(0, 784).Select(i => new ValueRange(0, i == at ? 2.0 : 1))])));
        AssertDiffer(at => new IntegratedGradients { BaselineRow = [.. Enumerable.Range(0, 30).Select(i => i == at ? 2f : 1)] });
        AssertDiffer(at => new FeaturePermutation(
            tensor(Enumerable.Range(0, 30).Select(i => i == at ? 2f : 1).ToArray()).view(5, 6)).Smoothed(2));

        static AdversarialObjective Objective(ThreatModel threatModel) =>
            new(new ProjectedGradientDescent(threatModel).WithRestarts(2));

        static void AssertDiffer(Func<int, object> made)
        {
            Assert.Equal(SettingsFingerprint.Of(made(1)), SettingsFingerprint.Of(made(1)));
            Assert.NotEqual(SettingsFingerprint.Of(made(1)), SettingsFingerprint.Of(made(2)));
        }
    }
}

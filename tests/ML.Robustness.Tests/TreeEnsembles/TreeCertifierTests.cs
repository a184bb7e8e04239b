using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Tests.TreeEnsembles;

/// <summary>What does not change a row's result, and what is refused.</summary>
public class TreeCertifierTests
{
    private static readonly TreeClassifier Classifier =
        TreeClassifier.Binary(RandomTrees.Ensemble(new Random(7), 4, 12, 4));

    private static readonly float[][] Rows = [.. Enumerable.Range(0, 40).Select(seed => RandomTrees.Row(new Random(seed), 4))];

    private static readonly int[] Labels =
        [.. Rows.Select((row, index) => index % 8 == 0 ? 1 - Classifier.Predict(row) : Classifier.Predict(row))];

    public static TheoryData<Action, string> Mistakes => new()
    {
        { () => Certify(new(), [[1, 2]], [0]), "The trees need rows of 4 features or more, got 2." },
        { () => Certify(new(), [[1, 2, 3, float.NaN]], [0]), "Row 0 holds NaN (feature 3)" },
        { () => Certify(new(), [[1, 2, 3, 4], [1, 2, 3]], [0, 1]), "Row 1 has 3 features, but the first has 4." },
        { () => Certify(new(), [[1, 2, 3, 4]], [2]), "Row 0 has the label 2: expected 0 to 1." },
        { () => Certify(new(), [[1, 2, 3, 4]], []), "Each of the 1 rows needs a label, got 0." },
        { () => Certify(new() { Units = [1, 1] }, [[1, 2, 3, 4]], [0]), "Units has 2 values, but a row has 4 features" },
        { () => Certify(new() { Ranges = [new(0, 3)] }, [[1, 2, 3, 4]], [0]),
            "Row 0 has 4 in feature 3, outside its range [0, 3]" },
        { () => _ = new TreeCertifier { Units = [1, -1] }, "feature 1 has -1. (Parameter 'Units')" },
        { () => _ = new TreeCertifier { MaxClique = 0 }, "MaxClique must be from 1 to 64." },
        { () => _ = new TreeCertifier { Norm = (TreeNorm)9 }, "Norm must be one of LInf, L2, L1" },
        { () => _ = new DecisionTree([0], [-2], [0], [0], [0, 0]), "reached twice" },
        { () => _ = new DecisionTree([-1], [-2], [-1], [0], [0, 0]), "Splits by category are not supported" },
        { () => _ = new DecisionTree([-1], [-2], [0], [0], [0]), "needs 1 right children" },
        { () => _ = new TreeEnsemble([]), "at least one tree" },
        { () => _ = TreeClassifier.Multiclass([Classifier.Ensembles[0]]), "need an ensemble each, got 1" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void Mistakes_AreNamed(Action act, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message);

    [Theory]
    [InlineData(TreeNorm.LInf)]
    [InlineData(TreeNorm.L2)]
    [InlineData(TreeNorm.L1)]
    public void Threads_DoNotChangeResults(TreeNorm norm) => Same(
        Certify(new() { Norm = norm, Threads = 1, Seed = 3 }, Rows, Labels).Rows,
        Certify(new() { Norm = norm, Threads = 4, Seed = 3 }, Rows, Labels).Rows);

    [Fact]
    public void Parts_WithTheirFirstRow_AreTheWhole()
    {
        var whole = Certify(new() { AttackStarts = 3, FirstRow = 10 }, Rows, Labels);
        var first = Certify(new() { AttackStarts = 3, FirstRow = 10 }, Rows[..13], Labels[..13]);
        var second = Certify(new() { AttackStarts = 3, FirstRow = 23 }, Rows[13..], Labels[13..]);

        Same(whole.Rows, TreeRobustnessReport.Merge([second, first]).Rows);
        Assert.Throws<ArgumentException>(() => TreeRobustnessReport.Merge([first, first]));
    }

    [Fact]
    public void WrongRows_HaveNoDistance_AndAccuraciesFall()
    {
        var report = Certify(new() { ComputeExact = true }, Rows, Labels);

        Assert.Equal(35.0 / 40, report.CleanAccuracy);
        Assert.All(report.Rows.Where(row => !row.IsCorrect), row => Assert.Equal((0, 0.0, 0),
            (row.CertifiedRadius, row.ExactRadius!.Value, row.AttackedDistance)));
        var before = report.At(0);
        Assert.Equal(report.CleanAccuracy, before.CertifiedAccuracy);
        foreach (var epsilon in new[] { 0, 0.1, 0.2, 0.5, 1 })
        {
            var point = report.At(epsilon);
            Assert.True(point.CertifiedAccuracy <= point.ExactAccuracy && point.ExactAccuracy <= point.AttackedAccuracy);
            Assert.True(point.ExactAccuracy <= before.ExactAccuracy);
            before = point;
        }
    }

    [Fact]
    public void LimitOfWork_LeavesTheExactRadiusOpen()
    {
        var report = Certify(new() { ComputeExact = true, MaxSearchNodes = 1, MaxClique = 1, Levels = 1, AttackStarts = 1 }, Rows,
            Labels);

        Assert.False(report.IsExact);
        Assert.Null(report.MeanExactRadius);
        Assert.Null(report.At(0.1).ExactAccuracy);
        Assert.Contains(report.Rows, row => row.ExactRadius is null && row.CertifiedRadius < row.AttackedDistance);
    }

    [Fact]
    public void Progress_RisesToOne_OnTheCallingThread()
    {
        var (shares, threads) = (new List<double>(), new HashSet<int>());
        var progress = new Recorder(share =>
        {
            shares.Add(share);
            threads.Add(Environment.CurrentManagedThreadId);
        });

        Certify(new() { Progress = progress, Threads = 2 }, Rows, Labels);

        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
        Assert.Equal(Environment.CurrentManagedThreadId, Assert.Single(threads));
    }

    [Fact]
    public void Cancellation_Ends()
    {
        using var source = new CancellationTokenSource();
        var progress = new Recorder(_ => source.Cancel());

        Assert.ThrowsAny<OperationCanceledException>(() =>
            new TreeCertifier { Progress = progress, Threads = 2 }.Certify(Classifier, Rows, Labels, source.Token));
    }

    private static TreeRobustnessReport Certify(TreeCertifier certifier, float[][] rows, int[] labels) =>
        certifier.Certify(Classifier, rows, labels, TestContext.Current.CancellationToken);

    private static void Same(IReadOnlyList<TreeRowResult> one, IReadOnlyList<TreeRowResult> other)
    {
        Assert.Equal(one.Select(row => row with { AdversarialRow = null }),
            other.Select(row => row with { AdversarialRow = null }));
        Assert.Equal(one.Select(row => row.AdversarialRow), other.Select(row => row.AdversarialRow));
    }

    private sealed class Recorder(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}

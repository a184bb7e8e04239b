using ML.Robustness.Data;
using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Tests.TreeEnsembles;

/// <summary>Distances that were worked out by hand, of trees that FastTree trains on breast-cancer; units of (x − 1) /
/// 9.</summary>
public class HandOracleTests
{
    private const double Unit = 9;

    private static readonly float[] Row0 = [5, 1, 1, 1, 2, 1, 3, 1, 1];
    private static readonly float[] Row5 = [8, 10, 10, 8, 7, 10, 9, 7, 1];
    private static readonly float[] Row15 = [7, 4, 6, 4, 6, 1, 4, 3, 1];

    private static readonly DecisionTree Stump = new([-1], [-2], [1], [2.5f], [-0.95389049, 0.71859296]);

    private static readonly DecisionTree FourLeaves = new(
        [2, -2, -1], [1, -3, -4], [1, 2, 5], [2.5f, 2.5f, 4.5f], [-0.99399399, -0.52941176, 0.83516483, -8.7e-16]);

    private static readonly DecisionTree First = new(
        [-1, -2], [1, -3], [1, 2], [2.5f, 2.5f], [-0.95389049, -0.52941176, 0.83516483]);

    private static readonly DecisionTree Second = new(
        [-1, -2], [1, -3], [1, 5], [2.5f, 1.5f], [-0.79359082, -0.32070547, 0.71743642]);

    private static TreeClassifier OneTree => TreeClassifier.Binary(new TreeEnsemble([FourLeaves]));

    private static TreeClassifier TwoTrees => TreeClassifier.Binary(new TreeEnsemble([First, Second]));

    [Fact]
    public void Stump_BelowTheThreshold_IsOneFloatBeyondIt()
    {
        var result = Certify(TreeClassifier.Binary(new TreeEnsemble([Stump])), [5, 1, 1], 0, TreeNorm.LInf);

        Assert.Equal(1.5 / Unit, result.CertifiedRadius);
        Assert.Equal(1.5 / Unit, result.ExactRadius);
        Assert.Equal([5, MathF.BitIncrement(2.5f), 1], result.AdversarialRow!);
        Assert.Equal((MathF.BitIncrement(2.5f) - 1.0) / Unit, result.AttackedDistance);
    }

    [Fact]
    public void Stump_AboveTheThreshold_ReachesIt()
    {
        var result = Certify(TreeClassifier.Binary(new TreeEnsemble([Stump])), [5, 10, 1], 1, TreeNorm.LInf);

        Assert.Equal(7.5 / Unit, result.CertifiedRadius);
        Assert.Equal(7.5 / Unit, result.ExactRadius);
        Assert.Equal(7.5 / Unit, result.AttackedDistance);
        Assert.Equal([5, 2.5f, 1], result.AdversarialRow!);
    }

    [Theory]
    [InlineData(TreeNorm.LInf, 1.5, 7.5)]
    [InlineData(TreeNorm.L1, 3, 7.5)]
    [InlineData(TreeNorm.L2, 2.1213203435596424, 7.5)]
    public void OneTree_RadiiAreThoseByHand(TreeNorm norm, double row0, double row5)
    {
        CheckAll(Certify(OneTree, Row0, 0, norm), row0 / Unit);
        CheckAll(Certify(OneTree, Row5, 1, norm), row5 / Unit);
    }

    [Theory]
    [InlineData(TreeNorm.LInf, 1.5)]
    [InlineData(TreeNorm.L1, 2)]
    [InlineData(TreeNorm.L2, 1.5811388300841898)]
    public void TwoTrees_RadiiAreThoseByHand(TreeNorm norm, double row0)
    {
        Assert.Equal(-1.7474813f, TwoTrees.Ensembles[0].Score(Row0));
        Assert.Equal(0.5144594f, TwoTrees.Ensembles[0].Score(Row15));
        CheckAll(Certify(TwoTrees, Row0, 0, norm), row0 / Unit);
        CheckAll(Certify(TwoTrees, Row15, 1, norm), 1.5 / Unit);
    }

    [Fact]
    public void TwoTrees_NeverPositive_AreLooseOneByOne_AndExactTogether()
    {
        DecisionTree one = new([-1], [-2], [0], [0.3f], [-1, 1]);
        DecisionTree two = new([-1], [-2], [0], [0.25f], [0.4, -1.2]);
        var classifier = TreeClassifier.Binary(new TreeEnsemble([one, two]));

        var loose = Certify(classifier, [0.1f], 0, TreeNorm.LInf, 1, clique: 1);
        var exact = Certify(classifier, [0.1f], 0, TreeNorm.LInf, 1, clique: 2);

        Assert.Equal((double)0.3f - 0.1f, loose.CertifiedRadius);
        Assert.Equal(double.PositiveInfinity, loose.ExactRadius);
        Assert.Equal(double.PositiveInfinity, exact.CertifiedRadius);
        Assert.Equal(double.PositiveInfinity, exact.AttackedDistance);
        Assert.Null(exact.AdversarialRow);
    }

    [Fact]
    public void Ranges_ThatHideTheThreshold_LeaveNoWay()
    {
        var certifier = new TreeCertifier { Ranges = [new(0, 10), new(0, 2.5), new(0, 10)], ComputeExact = true };

        var result = Assert.Single(certifier.Certify(
            TreeClassifier.Binary(new TreeEnsemble([Stump])), [[5, 1, 1]], [0], TestContext.Current.CancellationToken).Rows);

        Assert.Equal(double.PositiveInfinity, result.CertifiedRadius);
        Assert.Equal(double.PositiveInfinity, result.AttackedDistance);
    }

    [Fact]
    public void Score_EqualToTheThreshold_IsClassZero_AndTinyOnesCount()
    {
        DecisionTree tree = new([-1], [-2], [0], [1], [0, 1e-30]);
        var classifier = TreeClassifier.Binary(new TreeEnsemble([tree]));

        Assert.Equal(0, classifier.Predict([0]));
        Assert.Equal(1, classifier.Predict([2]));
        Assert.Equal(1, Certify(classifier, [0], 0, TreeNorm.LInf, 1).ExactRadius);
        Assert.Equal(1, Certify(classifier, [2], 1, TreeNorm.LInf, 1).CertifiedRadius);
    }

    private static void CheckAll(TreeRowResult result, double radius)
    {
        Assert.Equal(radius, result.CertifiedRadius, 1e-12);
        Assert.Equal(radius, result.ExactRadius!.Value, 1e-12);
        Assert.InRange(result.AttackedDistance, radius - 1e-12, radius + 1e-6);
    }

    private static TreeRowResult Certify(
        TreeClassifier classifier, float[] row, int label, TreeNorm norm, double unit = Unit, int clique = 2)
    {
        var certifier = new TreeCertifier
        {
            Norm = norm,
            Units = [.. row.Select(_ => unit)],
            Ranges = [ValueRange.Unbounded],
            ComputeExact = true,
            MaxClique = clique,
            Levels = 1,
        };
        return Assert.Single(certifier.Certify(classifier, [row], [label], TestContext.Current.CancellationToken).Rows);
    }
}

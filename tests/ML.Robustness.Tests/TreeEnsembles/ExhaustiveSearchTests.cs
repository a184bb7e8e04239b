using CsCheck;
using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Tests.TreeEnsembles;

/// <summary>The three distances on small ensembles, beside a search through every cell.</summary>
public class ExhaustiveSearchTests
{
    private const int Features = 3;

    private static readonly Gen<(int Seed, int Norm, int Classes, bool IsFixed)> Cases =
        Gen.Select(Gen.Int[0, int.MaxValue - 1], Gen.Int[0, 2], Gen.Int[1, 3], Gen.Bool);

    [Theory]
    [InlineData(TreeScoreForm.Raw)]
    [InlineData(TreeScoreForm.Softmax)]
    [InlineData(TreeScoreForm.Probability)]
    public void Certify_SmallEnsembles_ExactIsThatOfAllCells_BoundsAreOnTheirSides(TreeScoreForm form) =>
        PropertyCheck.Holds(Cases, entry =>
        {
            var random = new Random(entry.Seed);
            var classifier = Classifier(random, entry.Classes, form);
            var row = RandomTrees.Row(random, Features);
            var label = classifier.Predict(row);
            double[] units = [1, 0.5, entry.IsFixed ? 0 : 2];
            var expected = RandomTrees.Nearest(classifier, row, label, (TreeNorm)entry.Norm, units);

            var result = Certify(classifier, row, label, new TreeCertifier
            {
                Norm = (TreeNorm)entry.Norm,
                Units = units,
                ComputeExact = true,
                Levels = 1,
            });

            Assert.NotNull(result.ExactRadius);
            Assert.Equal(expected, result.ExactRadius.Value, 1e-12);
            Assert.True(result.CertifiedRadius <= result.ExactRadius);
            Assert.True(result.ExactRadius <= result.AttackedDistance);
            Assert.Equal(double.IsInfinity(expected), result.AdversarialRow is null);
            if (result.AdversarialRow is { } adversarial)
            {
                Assert.NotEqual(label, classifier.Predict([.. adversarial]));
                Assert.Equal(expected, result.AttackedDistance, 1e-5);
            }
        });

    [Fact]
    public void Certify_GroupOfAllTrees_BoundIsExact() =>
        PropertyCheck.Holds(Cases, entry =>
        {
            var random = new Random(entry.Seed);
            var classifier = Classifier(random, 1, TreeScoreForm.Raw);
            var row = RandomTrees.Row(random, Features);
            var label = classifier.Predict(row);

            var result = Certify(classifier, row, label, new TreeCertifier
            {
                Norm = (TreeNorm)entry.Norm,
                ComputeExact = true,
                MaxClique = 2,
                Levels = 3,
            });

            Assert.Equal(result.ExactRadius!.Value, result.CertifiedRadius, 1e-12);
        });

    [Fact]
    public void Certify_WithoutTheExactSearch_AttackIsNeverBelowTheNearestCell() =>
        PropertyCheck.Holds(Cases, entry =>
        {
            var random = new Random(entry.Seed);
            var classifier = Classifier(random, entry.Classes, TreeScoreForm.Raw);
            var row = RandomTrees.Row(random, Features);
            var label = classifier.Predict(row);
            var expected = RandomTrees.Nearest(classifier, row, label, (TreeNorm)entry.Norm, [1, 1, 1]);

            var result = Certify(classifier, row, label, new TreeCertifier
            {
                Norm = (TreeNorm)entry.Norm,
                AttackStarts = 2,
                AttackRestarts = 0,
            });

            Assert.Null(result.ExactRadius);
            Assert.InRange(expected, result.CertifiedRadius - 1e-12, result.AttackedDistance + 1e-12);
        });

    private static TreeClassifier Classifier(Random random, int classes, TreeScoreForm form)
    {
        if (classes == 1)
            return TreeClassifier.Binary(RandomTrees.Ensemble(random, Features, 6, 3), (float)(random.NextDouble() - 0.5));
        TreeEnsemble[] ensembles =
            [.. Enumerable.Range(0, classes).Select(_ => RandomTrees.Ensemble(random, Features, 3, 3))];
        PlattScaling[]? calibrations = form == TreeScoreForm.Probability
            ? [.. ensembles.Select(_ => new PlattScaling(-0.2 - random.NextDouble(), random.NextDouble() - 0.5))] : null;
        return TreeClassifier.Multiclass(ensembles, form, calibrations);
    }

    private static TreeRowResult Certify(TreeClassifier classifier, float[] row, int label, TreeCertifier certifier) =>
        Assert.Single(certifier.Certify(classifier, [row], [label], TestContext.Current.CancellationToken).Rows);
}

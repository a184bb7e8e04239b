using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using ML.Robustness.Trees.Certification;
using ML.Robustness.Trees.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Certification;

/// <summary>What is refused, each with one error that names it.</summary>
public class CertificationErrorTests
{
    private static readonly ColumnRow[] Rows = ColumnRow.Of(120);

    private readonly MLContext _ml = new(seed: 1);

    private IDataView View => _ml.Data.LoadFromEnumerable(Rows);

    [Fact]
    public void AModelWithoutTrees_IsNamed() => Throws<ArgumentException>(
        Features().Append(_ml.BinaryClassification.Trainers.SdcaLogisticRegression()), new(),
        "The model is LinearBinaryModelParameters, which has no trees");

    [Fact]
    public void AChainWithoutAClassifier_IsNamed() => Throws<ArgumentException>(Features(), new(), "The model is no classifier");

    [Theory]
    [InlineData("bins", "with BinNormalizerModelParameters is not of the form (x - offset) * scale")]
    [InlineData("cdf", "with CdfNormalizerModelParameters is not of the form")]
    [InlineData("pca", "the step PrincipalComponentAnalysisTransformer makes column 'Features'")]
    [InlineData("text", "the step ")]
    public void AStepThatCannotBeFollowed_IsNamed(string step, string message)
    {
        IEstimator<ITransformer> chain = step switch
        {
            "bins" => Features().Append(_ml.Transforms.NormalizeBinning("Features")),
            "cdf" => Features().Append(_ml.Transforms.NormalizeMeanVariance("Features", useCdf: true)),
            "pca" => Features().Append(_ml.Transforms.ProjectToPrincipalComponents("Features", rank: 2)),
            _ =>
                _ml.Transforms.Categorical.OneHotEncoding("Color").Append(_ml.Transforms.Concatenate("Features", "Color", "Age")),
        };
        Throws<ArgumentException>(chain.Append(Forest()), new(), message);
    }

    [Fact]
    public void SplitsByCategory_AreRefused()
    {
        var trainer = _ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            CategoricalSplit = true,
            NumberOfTrees = 10,
            MinimumExampleCountPerLeaf = 2,
        });
        var rows = Enumerable.Range(0, 400).Select(place => new ColumnRow
        {
            Color = $"{place % 7}",
            Label = place % 7 is 1 or 2 or 5,
            Age = place % 3,
        }).ToArray();
        var encode = _ml.Transforms.Categorical.OneHotEncoding("Color")
            .Append(_ml.Transforms.Concatenate("Features", "Color", "Age"));
        var encoded = encode.Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(_ml.Data.LoadFromEnumerable(rows));

        var error = Assert.Throws<ArgumentException>(() =>
            _ml.BinaryClassification.CertifyTrees(trainer.Fit(encoded), encoded, epsilon: 1));

        Assert.Contains("The model splits by category", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnitsAndRanges_OfNoFeature_AreNamed()
    {
        Throws<ArgumentException>(Trees(), new() { Units = new Dictionary<string, double> { ["Wage"] = 1 } },
            "Units names 'Wage', which is no feature of the model: these are 'Age', 'Income', 'Debt'");
        Throws<ArgumentException>(Trees(), new() { Ranges = new Dictionary<string, Data.ValueRange> { ["Wage"] = new(0, 1) } },
            "Ranges names 'Wage'");
        Throws<ArgumentException>(Trees(), new() { Ranges = new Dictionary<string, Data.ValueRange> { ["Age"] = new(0, 1) } },
            "outside its range [0, 1]");
        Throws<ArgumentException>(Trees(), new() { Units = new Dictionary<string, double> { ["Age"] = -1 } },
            "A unit is a finite number of zero or more, but feature 0 has -1.");
    }

    [Fact]
    public void Radii_ThatAreNone_AreRefused()
    {
        Throws<ArgumentOutOfRangeException>(Trees(), new() { Epsilons = [0.1, -1] }, "Options.Epsilons must be finite numbers");
        Throws<ArgumentOutOfRangeException>(Trees(), new() { Epsilons = [double.NaN] },
            "Options.Epsilons must be finite numbers");
    }

    [Fact]
    public void MissingColumns_AreNamed()
    {
        Throws<ArgumentOutOfRangeException>(Trees(), new() { LabelColumnName = "Truth" }, "Could not find label column 'Truth'");
        Assert.Contains("Could not find the trees' feature column 'Features'", Assert.Throws<ArgumentException>(() =>
            _ml.BinaryClassification.CertifyTrees(
                Forest().Fit(Features().Fit(View).Transform(View)), View, new TreeCertificationOptions())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void MissingValues_AreRefused_WithTheRow()
    {
        var model = Trees().Fit(View);
        ColumnRow[] rows = [Rows[0], new() { Age = float.NaN, Income = 1, Debt = 1 }];

        var error = Assert.Throws<InvalidOperationException>(() =>
            _ml.BinaryClassification.CertifyTrees(model, _ml.Data.LoadFromEnumerable(rows), epsilon: 1));

        Assert.StartsWith("Row 1 of column 'Age' holds NaN (slot 0)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoRows_AreAMistake() => Assert.Contains("The data have no rows", Assert.Throws<InvalidOperationException>(() =>
        _ml.BinaryClassification.CertifyTrees(
            Trees().Fit(View), _ml.Data.LoadFromEnumerable(Array.Empty<ColumnRow>()), epsilon: 1)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Cancellation_Ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _ml.BinaryClassification.CertifyTrees(
            Trees().Fit(View), View, new TreeCertificationOptions { CancellationToken = source.Token }));
    }

    private void Throws<TError>(IEstimator<ITransformer> chain, TreeCertificationOptions options, string message)
        where TError : Exception
    {
        var error = Assert.Throws<TError>(() => _ml.BinaryClassification.CertifyTrees(chain.Fit(View), View, options));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private IEstimator<ITransformer> Features() => _ml.Transforms.Concatenate("Features", "Age", "Income", "Debt");

    private IEstimator<ITransformer> Forest() =>
        _ml.BinaryClassification.Trainers.FastForest(numberOfLeaves: 4, numberOfTrees: 5, minimumExampleCountPerLeaf: 5);

    private IEstimator<ITransformer> Trees() => Features().Append(Forest());
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using ML.Robustness.Transforms.DifferentiableChains;
using ML.Robustness.Transforms.RawFeatures;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.DifferentiableChains;

/// <summary>Chains of ML.NET's own steps as networks: their scores are those of Transform, their gradients finite
/// differences'.</summary>
public sealed class ChainTests
{
    private static readonly string[] Numbers = ["Age", "Income", "Debts"];

    private static readonly MLContext Ml = ChainRows.Context;

    private static readonly Dictionary<string, Func<MLContext, string, string, IEstimator<ITransformer>>> Steps = new()
    {
        ["MinMax"] = (ml, to, from) => ml.Transforms.NormalizeMinMax(to, from),
        ["MinMax, offset"] = (ml, to, from) => ml.Transforms.NormalizeMinMax(to, from, fixZero: false),
        ["MeanVariance"] = (ml, to, from) => ml.Transforms.NormalizeMeanVariance(to, from),
        ["MeanVariance, offset"] = (ml, to, from) => ml.Transforms.NormalizeMeanVariance(to, from, fixZero: false),
        ["MeanVariance, CDF"] = (ml, to, from) => ml.Transforms.NormalizeMeanVariance(to, from, useCdf: true),
        ["LogMeanVariance"] = (ml, to, from) => ml.Transforms.NormalizeLogMeanVariance(to, from),
        ["LogMeanVariance, affine"] = (ml, to, from) => ml.Transforms.NormalizeLogMeanVariance(to, from, useCdf: false),
        ["RobustScaling"] = (ml, to, from) => ml.Transforms.NormalizeRobustScaling(to, from),
        ["RobustScaling, not centred"] = (ml, to, from) => ml.Transforms.NormalizeRobustScaling(to, from, centerData: false),
        ["Binning"] = (ml, to, from) => ml.Transforms.NormalizeBinning(to, from, maximumBinCount: 8),
        ["SupervisedBinning"] = (ml, to, from) => ml.Transforms.NormalizeSupervisedBinning(
            to, from, labelColumnName: "Class", maximumBinCount: 8),
        ["LpNorm"] = (ml, to, from) => ml.Transforms.NormalizeLpNorm(to, from),
        ["LpNorm L1, centred"] = (ml, to, from) => ml.Transforms.NormalizeLpNorm(
            to, from, Microsoft.ML.Transforms.LpNormNormalizingEstimatorBase.NormFunction.L1, ensureZeroMean: true),
        ["LpNorm L∞"] = (ml, to, from) => ml.Transforms.NormalizeLpNorm(
            to, from, Microsoft.ML.Transforms.LpNormNormalizingEstimatorBase.NormFunction.Infinity),
        ["GlobalContrast"] = (ml, to, from) => ml.Transforms.NormalizeGlobalContrast(to, from, scale: 3),
        ["GlobalContrast, deviation"] = (ml, to, from) => ml.Transforms.NormalizeGlobalContrast(
            to, from, ensureUnitStandardDeviation: true),
        ["ReplaceMissingValues"] = (ml, to, from) => ml.Transforms.ReplaceMissingValues(
            to, from, Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode.Mean),
        ["PCA"] = (ml, to, from) => ml.Transforms.ProjectToPrincipalComponents(to, from, rank: 3, seed: 2),
        ["KernelMap"] = (ml, to, from) => ml.Transforms.ApproximatedKernelMap(to, from, rank: 6, seed: 3),
        ["KernelMap, sines"] = (ml, to, from) => ml.Transforms.ApproximatedKernelMap(
            to, from, rank: 6, useCosAndSinBases: true, seed: 3),
        ["CopyColumns"] = (ml, to, from) => ml.Transforms.CopyColumns(to, from),
        ["SelectColumns"] = (ml, to, from) => ml.Transforms.CopyColumns("Kept", from)
            .Append(ml.Transforms.SelectColumns("Kept", "Class", "Label")).Append(ml.Transforms.CopyColumns(to, "Kept")),
        ["ConvertType"] = (ml, to, from) => ml.Transforms.Conversion.ConvertType("Wide", from, DataKind.Double)
            .Append(ml.Transforms.Conversion.ConvertType(to, "Wide", DataKind.Single)),
        ["Concatenate"] = (ml, to, from) => ml.Transforms.Concatenate(to, from, from),
        ["IndicateMissingValues"] = (ml, to, from) => ml.Transforms.IndicateMissingValues("Missing", from)
            .Append(ml.Transforms.Conversion.ConvertType("Missing", outputKind: DataKind.Single))
            .Append(ml.Transforms.Concatenate(to, from, "Missing")),
    };

    private static readonly Dictionary<string, Func<MLContext, IEstimator<ITransformer>>> Models = new()
    {
        ["Lbfgs"] = ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(),
        ["Sdca"] = ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression(maximumNumberOfIterations: 5),
        ["Sdca, not calibrated"] = ml => ml.BinaryClassification.Trainers.SdcaNonCalibrated(maximumNumberOfIterations: 5),
        ["Sgd"] = ml => ml.BinaryClassification.Trainers.SgdCalibrated(),
        ["AveragedPerceptron"] = ml => ml.BinaryClassification.Trainers.AveragedPerceptron(),
        ["LinearSvm"] = ml => ml.BinaryClassification.Trainers.LinearSvm(),
        ["Perceptron, Platt"] = ml => ml.BinaryClassification.Trainers.AveragedPerceptron()
            .Append(ml.BinaryClassification.Calibrators.Platt()),
        ["FactorizationMachine"] = ml => ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine(),
        ["FactorizationMachine, two fields"] = ml => ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine(
            ["Features", "Debts"]),
        ["MaximumEntropy"] = ml => Keyed(ml, ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key")),
        ["Sdca of classes"] = ml => Keyed(ml, ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(
            "Key", maximumNumberOfIterations: 5)),
        ["Sdca of classes, not calibrated"] = ml => Keyed(ml, ml.MulticlassClassification.Trainers.SdcaNonCalibrated(
            "Key", maximumNumberOfIterations: 5)),
        ["OneVersusAll"] = ml => Keyed(ml, ml.MulticlassClassification.Trainers.OneVersusAll(
            ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Key"), "Key")),
        ["OneVersusAll, raw"] = ml => Keyed(ml, ml.MulticlassClassification.Trainers.OneVersusAll(
            ml.BinaryClassification.Trainers.AveragedPerceptron("Key"), "Key", useProbabilities: false)),
        ["PairwiseCoupling"] = ml => Keyed(ml, ml.MulticlassClassification.Trainers.PairwiseCoupling(
            ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Key"), "Key")),
    };

    public static TheoryData<string> StepNames => [.. Steps.Keys];

    public static TheoryData<string, string> Pairs =>
        [.. Steps.Keys.SelectMany(first => Steps.Keys.Select(second => (first, second))).Except(OnSparseVectors)];

    /// <summary>
    /// Some normalisers of ML.NET give other numbers where a step before them leaves out zeros, and RobustScaling fails there.
    /// </summary>
    private static IEnumerable<(string, string)> OnSparseVectors =>
    [
        ("SupervisedBinning", "MeanVariance, CDF"),
        ("SupervisedBinning", "LpNorm L1, centred"),
        ("SupervisedBinning", "GlobalContrast"),
        ("SupervisedBinning", "RobustScaling"),
        ("SupervisedBinning", "RobustScaling, not centred"),
        ("IndicateMissingValues", "GlobalContrast"),
        ("IndicateMissingValues", "RobustScaling"),
        ("IndicateMissingValues", "RobustScaling, not centred"),
    ];

    public static TheoryData<string> ModelNames => [.. Models.Keys];

    [Theory]
    [MemberData(nameof(StepNames))]
    public void EachStep_Alone_ScoresAndSlopesAsTheChain(string step) => Check(Chain([step]));

    [Theory]
    [MemberData(nameof(StepNames))]
    public void EachStep_OnANumber_ScoresAndSlopesAsTheChain(string step)
    {
        if (step is "PCA" or "SelectColumns" or "KernelMap" or "KernelMap, sines"
            || step.StartsWith("LpNorm", StringComparison.Ordinal)
            || step.StartsWith("GlobalContrast", StringComparison.Ordinal))
            return;
        Check(Steps[step](Ml, "Made", "Income").Append(Ml.Transforms.Concatenate("Features", "Age", "Made"))
            .Append(Ml.Transforms.NormalizeMinMax("Features"))
            .Append(Ml.BinaryClassification.Trainers.LbfgsLogisticRegression()), ["Age", "Income"]);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void EachPair_ScoresAndSlopesAsTheChain(string first, string second) => Check(Chain([first, second]));

    [Theory]
    [InlineData("SupervisedBinning", "MeanVariance, CDF")]
    [InlineData("SupervisedBinning", "LpNorm L1, centred")]
    [InlineData("SupervisedBinning", "GlobalContrast")]
    [InlineData("IndicateMissingValues", "GlobalContrast")]
    public void StepThatTakesSparseVectorsForOthers_IsNotBelieved(string first, string second)
    {
        var data = ChainRows.Data(Ml);
        var (network, rows, reason) = ChainRows.Read(Chain([first, second]).Fit(data), data, Numbers);
        rows.Dispose();
        Assert.Null(network);
        Assert.Equal("the scores of its steps, as they are known here, are not those of the chain", reason);
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public void EachStep_NestedAndLoaded_ScoresAndSlopesAsTheChain(string step)
    {
        var data = ChainRows.Data(Ml);
        IEstimator<ITransformer> inner = Ml.Transforms.Concatenate("Features", Numbers)
            .Append(Steps[step](Ml, "Features", "Features"));
        var outer = inner.Append(Ml.Transforms.NormalizeMinMax("Features"))
            .Append(Ml.BinaryClassification.Trainers.LbfgsLogisticRegression());
        using var saved = new MemoryStream();
        Ml.Model.Save(outer.Fit(data), data.Schema, saved);
        saved.Position = 0;
        CheckFitted(Ml.Model.Load(saved, out _), Numbers);
    }

    [Theory]
    [MemberData(nameof(ModelNames))]
    public void EachModel_ScoresAndSlopesAsTheChain(string model) => Check(
        Ml.Transforms.Concatenate("Features", Numbers).Append(Ml.Transforms.NormalizeMinMax("Features"))
            .Append(Models[model](Ml)), Numbers);

    [Fact]
    public void ColumnsThatAreNotAttacked_KeepTheirValues()
    {
        var chain = Ml.Transforms.Categorical.OneHotEncoding("CityCode", "City")
            .Append(Ml.Transforms.Conversion.ConvertType("Member", "IsMember", DataKind.Single))
            .Append(Ml.Transforms.Text.FeaturizeText("Words", "City"))
            .Append(Ml.Transforms.Concatenate("Features", "Income", "CityCode", "Member", "Debts", "Words", "Age"))
            .Append(Ml.Transforms.NormalizeMinMax("Features"))
            .Append(Ml.BinaryClassification.Trainers.LbfgsLogisticRegression());
        Check(chain, ["Age", "Debts"]);
    }

    [Fact]
    public void StepWithoutGradients_IsNamed()
    {
        var data = ChainRows.Data(Ml);
        var model = Ml.Transforms.CustomMapping<ChainRows.Row, Doubled>((row, made) => made.Twice = 2 * row.Age, null)
            .Append(Ml.Transforms.Concatenate("Features", "Twice", "Income"))
            .Append(Ml.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(data);
        var (network, rows, reason) = ChainRows.Read(model, data, "Age", "Income");
        rows.Dispose();
        Assert.Null(network);
        Assert.StartsWith(
            "the step CustomMappingTransformer`2 makes column 'Twice', and it has no gradients here; Concatenate,", reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Trees_AreNamed()
    {
        var data = ChainRows.Data(Ml);
        var model = Ml.Transforms.Concatenate("Features", "Age", "Income")
            .Append(Ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 2)).Fit(data);
        var (network, rows, reason) = ChainRows.Read(model, data, "Age", "Income");
        rows.Dispose();
        Assert.Null(network);
        Assert.StartsWith(
            "its scores are made by FastTreeBinaryModelParameters, which has no gradients here; linear models,", reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MinMax", true)]
    [InlineData("PCA", true)]
    [InlineData("MeanVariance, CDF", false)]
    [InlineData("Binning", false)]
    public void Affine_IsToldOfAffineStepsOnly(string step, bool isAffine)
    {
        var data = ChainRows.Data(Ml);
        var (network, rows, _) = ChainRows.Read(Chain([step]).Fit(data), data, Numbers);
        using (rows)
        using (network)
            Assert.Equal(isAffine, network!.IsAffine);
    }

    private sealed class Doubled
    {
        public float Twice { get; set; }
    }

    private static EstimatorChain<ITransformer> Keyed(MLContext ml, IEstimator<ITransformer> trainer) =>
        ml.Transforms.Conversion.MapValueToKey("Key", "Class").Append(trainer);

    private static IEstimator<ITransformer> Chain(IEnumerable<string> steps)
    {
        IEstimator<ITransformer> chain = Ml.Transforms.Concatenate("Features", Numbers);
        foreach (var step in steps)
            chain = chain.Append(Steps[step](Ml, "Features", "Features"));
        return chain.Append(Ml.BinaryClassification.Trainers.LbfgsLogisticRegression(
            new LbfgsLogisticRegressionBinaryTrainer.Options { MaximumNumberOfIterations = 5, NumberOfThreads = 1 }));
    }

    private static void Check(IEstimator<ITransformer> chain, string[]? attacked = null) =>
        CheckFitted(chain.Fit(ChainRows.Data(Ml)), attacked ?? Numbers);

    private static void CheckFitted(ITransformer model, string[] attacked)
    {
        var data = ChainRows.Data(Ml);
        var (network, rows, reason) = ChainRows.Read(model, data, attacked);
        using (rows)
        using (network)
        using (NewDisposeScope())
        {
            Assert.Null(reason);
            var inputs = rows.Batches(1000, null).Single().Inputs;
            var expected = ColumnNumbers.Read(model.Transform(data), "Score");
            var found = network!.Scores(inputs).data<float>().ToArray();
            Assert.Equal(expected.Length, found.Length);
            Assert.All(expected.Zip(found), pair => Assert.True(
                Math.Abs(pair.First - pair.Second) <= 1e-5 * Math.Max(1, Math.Abs(pair.First)),
                $"expected {pair.First}, found {pair.Second}"));
            if (!network.IsStraightThrough)
                CheckGradient(network, inputs, ChainRows.All.Length, attacked.Sum(name => name == "Debts" ? 2 : 1));
        }
    }

    /// <summary>Compares gradients in double precision with central differences, a feature at a time.</summary>
    private static void CheckGradient(ChainNetwork network, Tensor inputs, int rows, int attacked)
    {
        network.to(ScalarType.Float64);
        var points = inputs.narrow(0, 0, Math.Min(rows, 12)).to(ScalarType.Float64);
        var variable = points.clone().requires_grad_();
        Sum(variable).backward();
        var gradient = variable.grad!;
        for (var feature = 0; feature < attacked; feature++)
        {
            var step = 1e-5 * Math.Max(1, points.select(1, feature).abs().max().item<double>());
            var (above, below) = (points.clone(), points.clone());
            above.select(1, feature).add_(step);
            below.select(1, feature).sub_(step);
            using var quiet = no_grad();
            var slopes = Rows(above).sub(Rows(below)).div(2 * step);
            var difference = slopes.sub(gradient.select(1, feature)).abs().max().item<double>();
            var scale = Math.Max(1e-3, slopes.abs().max().item<double>());
            Assert.True(difference <= 1e-4 * scale, $"feature {feature}: gradients differ by {difference} of {scale}");
        }

        // A mixture of the logits, so that none is left out.
        Tensor Rows(Tensor at)
        {
            var logits = network.call(at);
            return logits.mul(arange(1, logits.shape[1] + 1, ScalarType.Float64)).sum(1);
        }

        Tensor Sum(Tensor at) => Rows(at).sum();
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.DifferentiableChains;

namespace ML.Robustness.Transforms.Tests.FittedPipelines;

/// <summary>Fitted pipelines of ML.NET as classifiers, for the steps that take one.</summary>
public sealed class FromPipelineTests
{
    private static readonly string[] Columns = ["Age", "Income", "Debts"];

    private readonly MLContext _ml = ChainRows.Context;

    [Fact]
    public void Attributions_AreOfRawColumns_AlsoLoaded()
    {
        var data = ChainRows.Data(_ml);
        var normalizer = _ml.Transforms.Concatenate("Input", Columns)
            .Append(_ml.Transforms.NormalizeMinMax("Normal", "Input", fixZero: false)).Fit(data);
        var predictor = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(featureColumnName: "Normal")
            .Fit(normalizer.Transform(data));
        var model = normalizer.Append(predictor);
        var scale = ((NormalizingTransformer.AffineNormalizerModelParameters<
            System.Collections.Immutable.ImmutableArray<float>>)normalizer.LastTransformer.GetNormalizerModelParameters(0)).Scale;
        // The attributed score is the logit of the predicted class: zero for false.
        float[] expected = [.. predictor.Model.SubModel.Weights.Zip(scale, (weight, factor) => weight * factor)];

        using var classifier = _ml.BinaryClassification.FromPipeline(model, data, Columns);
        var explained = _ml.Transforms.Concatenate("Features", Columns).Append(_ml.Transforms.SmoothGradExplain(
            new SmoothGradExplainEstimator.Options
            {
                Classifier = classifier,
                Samples = 1,
                Noise = 0,
                Target = AttributionTargetKind.Margin,
                TargetClass = 1,
                RivalClass = 0,
            })).Fit(data);
        using var saved = new MemoryStream();
        _ml.Model.Save(explained, data.Schema, saved);
        saved.Position = 0;
        foreach (var steps in new[] { explained, _ml.Model.Load(saved, out _) })
        {
            var rows = steps.Transform(data);
            foreach (var attribution in rows.GetColumn<float[]>("Explanation"))
                Assert.All(expected.Zip(attribution), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Abs(pair.First)));
            VBuffer<ReadOnlyMemory<char>> names = default;
            rows.Schema["Explanation"].GetSlotNames(ref names);
            Assert.Equal(["Age", "Income", "Debts.0", "Debts.1"], names.DenseValues().Select((name, slot) =>
                name.IsEmpty ? $"Debts.{slot - 2}" : name.ToString()));
            if (!ReferenceEquals(steps, explained))
                ((IDisposable)steps).Dispose();
        }
    }

    [Fact]
    public void Predictions_AreThePipelines()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Conversion.MapValueToKey("Key", "Class")
            .Append(_ml.Transforms.Concatenate("Input", Columns)).Append(_ml.Transforms.NormalizeMeanVariance("Input"))
            .Append(_ml.MulticlassClassification.Trainers.OneVersusAll(
                _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Key", "Input"), "Key")).Fit(data);
        using var classifier = _ml.MulticlassClassification.FromPipeline(model, data, Columns);
        var rows = _ml.Transforms.Concatenate("Features", Columns).Fit(data).Transform(data);
        Assert.Equal(
            model.Transform(data).GetColumn<uint>("PredictedLabel"),
            classifier.Transform(rows).GetColumn<uint>("PredictedLabel"));
        var augmented = _ml.Transforms.PgdAugment(new()
        {
            Classifier = classifier,
            Attack = new ProjectedGradientDescent(ThreatModel.LInf(1, ValueRange.Unbounded).WithBudgets(5, 200, 0, 0.5)),
            LabelColumnName = "Key",
        }).Fit(_ml.Transforms.Conversion.MapValueToKey("Key", "Class").Fit(rows).Transform(rows));
        ((IDisposable)augmented).Dispose();
    }

    [Fact]
    public void Trees_AreExplainedByScores_AndMethodsWithGradientsSayWhatIsMissing()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Concatenate("Input", Columns)
            .Append(_ml.BinaryClassification.Trainers.FastTree(
                featureColumnName: "Input", numberOfTrees: 3, minimumExampleCountPerLeaf: 5)).Fit(data);
        using var classifier = _ml.BinaryClassification.FromPipeline(model, data, Columns);
        var rows = _ml.Transforms.Concatenate("Features", Columns).Fit(data).Transform(data);
        var options = new SmoothGradExplainEstimator.Options
        {
            Classifier = classifier,
            Method = new Occlusion { Window = 1, Stride = 1 },
            Samples = 1,
            Noise = 0,
            Target = AttributionTargetKind.Margin,
            TargetClass = 1,
            RivalClass = 0,
        };
        float[][] found = [.. _ml.Transforms.SmoothGradExplain(options).Fit(rows).Transform(rows)
            .GetColumn<float[]>("Explanation")];
        float[] scores = [.. model.Transform(data).GetColumn<float>("Score")];
        var without = ChainRows.All.Select(row => new ChainRows.Row { Age = 0, Income = row.Income, Debts = row.Debts });
        float[] occluded = [.. model.Transform(_ml.Data.LoadFromEnumerable(without)).GetColumn<float>("Score")];
        for (var row = 0; row < scores.Length; row++)
            Assert.Equal(scores[row] - occluded[row], found[row][0], 1e-4);

        options.Method = null;
        Assert.Contains("gradient", Assert.Throws<InvalidOperationException>(() => _ml.Transforms.SmoothGradExplain(options)
            .Fit(rows)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PipelineThatCannotBeSaved_IsUsed_AndSavingSaysWhy()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Concatenate("Input", "Age", "Income")
            .Append(
                _ml.Transforms.CustomMapping<Inputs, Halves>((from, to) => to.Half = [from.Input[0] / 2, from.Input[1]], null))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression(featureColumnName: "Half")).Fit(data);
        using var classifier = _ml.BinaryClassification.FromPipeline(model, data, ["Age", "Income"]);
        using var saved = new MemoryStream();
        Assert.StartsWith("The pipeline of the classifier cannot be saved: ",
            Assert.Throws<NotSupportedException>(() => _ml.Model.Save(classifier, null, saved)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ColumnOfImages_KeepsItsShape()
    {
        var random = new Random(2);
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(row => new Image
        {
            Features = [.. Enumerable.Range(0, 12).Select(_ => random.NextSingle() + (row % 2 * 0.2f))],
            Label = row % 2 == 1,
        }).ToArray());
        var model = _ml.Transforms.NormalizeMinMax("Normal", "Features")
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression(featureColumnName: "Normal")).Fit(data);
        using var classifier = _ml.BinaryClassification.FromPipeline(model, data, ["Features"]);
        Assert.Equal(new InputShape(3, 2, 2), classifier.InputShape);
        Assert.Equal(
            model.Transform(data).GetColumn<bool>("PredictedLabel"), classifier.Transform(data).GetColumn<bool>("PredictedLabel"));
        var metrics = _ml.BinaryClassification.EvaluateRobustness(model, data, new RobustnessOptions
        {
            FeatureColumnNames = ["Features"],
            ThreatModel = ThreatModel.LInf(0.05),
        });
        Assert.Null(metrics.NoGradients);
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy - 0.02);
    }

    private sealed class Image
    {
        [VectorType(3, 2, 2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }

    private sealed class Inputs
    {
        [VectorType(2)]
        public float[] Input { get; set; } = [];
    }

    private sealed class Halves
    {
        [VectorType(2)]
        public float[] Half { get; set; } = [];
    }

    [Fact]
    public void WhatCannotBe_IsOneClearError()
    {
        var data = ChainRows.Data(_ml);
        var model = _ml.Transforms.Concatenate("Input", "Age", "Income")
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression(featureColumnName: "Input")).Fit(data);
        Says<ArgumentException>("The model's scores depend on column 'Income' of Single as well, which is not named.", "Age");
        Says<ArgumentException>("The model's scores do not depend on column 'Class'", "Age", "Income", "Class");
        Says<ArgumentException>("Name the raw columns that the classifier reads, one or more.");

        void Says<T>(string message, params string[] names)
            where T : ArgumentException => Assert.StartsWith(
                message, Assert.ThrowsAny<T>(() => _ml.BinaryClassification.FromPipeline(model, data, names)).Message,
                StringComparison.Ordinal);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using TorchSharp;

namespace ML.Robustness.Transforms.Tests.Evaluation;

public sealed class EvaluateRobustnessTests
{
    private const float Epsilon = 0.12f;

    private sealed class Row
    {
        public float Label { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }

    [Fact]
    public void LinearModel_RobustAccuracyIsTheClosedForm()
    {
        var ml = new MLContext(seed: 3);
        var rows = Rows(200);
        var data = ml.Data.LoadFromEnumerable(rows);
        using var model = Linear(ml, data);
        var (clean, robust) = ClosedForm(model, rows);

        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, data,
            new FastGradientMethod(ThreatModel.LInf(Epsilon)));

        Assert.InRange(robust, 0.05, clean - 0.05);
        Assert.Equal(clean, metrics.CleanAccuracy);
        Assert.Equal(robust, metrics.RobustAccuracy);
        Assert.Equal(200, metrics.Rows);
        Assert.Contains("FGSM", metrics.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Chain_IsAttackedAtTheClassifier()
    {
        var ml = new MLContext(seed: 3);
        var data = ml.Data.LoadFromEnumerable(Rows(60));
        var attack = new ProjectedGradientDescent(ThreatModel.L2(0.1)) { Steps = 3 };
        var before = ml.Transforms.CopyColumns("Input", "Features").Fit(data);
        var after = ml.Transforms.CopyColumns("Answer", "PredictedLabel");
        using var alone = Linear(ml, before.Transform(data), "Input");
        var chain = before.Append(alone).Append(after.Fit(alone.Transform(before.Transform(data))));

        var inChain = ml.MulticlassClassification.EvaluateRobustness(chain, data, attack);

        var atTheClassifier = ml.MulticlassClassification.EvaluateRobustness(alone, before.Transform(data), attack);
        Assert.Equal(atTheClassifier.Report.RowResults, inChain.Report.RowResults);
        Assert.Equal(atTheClassifier.Attack, inChain.Attack);
        Assert.Equal(ml.MulticlassClassification.Evaluate(chain.Transform(data)).MicroAccuracy, inChain.CleanAccuracy, 12);
    }

    [Fact]
    public void Progress_EndsAtOne()
    {
        var ml = new MLContext(seed: 3);
        var data = ml.Data.LoadFromEnumerable(Rows(900));
        using var model = Linear(ml, data);
        var heard = new Heard();
        ml.MulticlassClassification.EvaluateRobustness(model, data, new FastGradientMethod(ThreatModel.LInf(0.1)),
            progress: heard);
        Assert.Equal(heard.Values.Order(), heard.Values);
        Assert.InRange(heard.Values[0], 0.2, 0.9);
        Assert.Equal(1, heard.Values[^1]);
    }

    [Fact]
    public void Cancelled_Throws()
    {
        var ml = new MLContext(seed: 3);
        var data = ml.Data.LoadFromEnumerable(Rows(10));
        using var model = Linear(ml, data);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            ml.MulticlassClassification.EvaluateRobustness(model, data, new FastGradientMethod(ThreatModel.LInf(0.1)),
                cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void ModelWithoutGradients_IsRefused()
    {
        var ml = new MLContext(seed: 3);
        var data = ml.Data.LoadFromEnumerable(Rows(10));
        var model = ml.Transforms.CopyColumns("Copy", "Features").Fit(data);
        var error = Assert.Throws<ArgumentException>(
            () => ml.MulticlassClassification.EvaluateRobustness(model, data, new FastGradientMethod(ThreatModel.LInf(0.1))));
        Assert.Contains("Train one with AdversarialTraining", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingLabelColumnAndEmptyData_AreNamed()
    {
        var ml = new MLContext(seed: 3);
        var data = ml.Data.LoadFromEnumerable(Rows(10));
        using var model = Linear(ml, data);
        var attack = new FastGradientMethod(ThreatModel.LInf(0.1));
        var missing = Assert.Throws<ArgumentOutOfRangeException>(
            () => ml.MulticlassClassification.EvaluateRobustness(model, data, attack, "Truth"));
        Assert.Contains("'Truth'", missing.Message, StringComparison.Ordinal);
        var empty = Assert.Throws<InvalidOperationException>(
            () => ml.MulticlassClassification.EvaluateRobustness(model, ml.Data.LoadFromEnumerable<Row>([]), attack));
        Assert.Contains("no rows", empty.Message, StringComparison.Ordinal);
    }

    // Features stay so far from 0 and 1 that the box never binds.
    private static Row[] Rows(int count)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(i => new Row
        {
            Label = i % 2,
            Features = [
                .. Enumerable.Range(0, 3).Select(j => 0.35f + 0.3f * random.NextSingle() + (j == 0 && i % 2 == 1 ? 0.15f : 0))],
        })];
    }

    private static NeuralClassifierTransformer Linear(MLContext ml, IDataView data, string features = "Features") =>
        ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            FeatureColumnName = features,
            Architecture = ModelArchitecture.MultilayerPerceptron(),
            Objective = new StandardObjective(),
            Optimizer = new AdamWOptions { LearningRate = 0.1 },
            BatchSize = 20,
            Epochs = 20,
        }).Fit(data);

    /// <summary>A row withstands every change of ε a feature exactly when its margin exceeds ε times the L1 norm of the weights'
    /// difference.</summary>
    private static (double Clean, double Robust) ClosedForm(NeuralClassifierTransformer model, Row[] rows)
    {
        var tensors = model.Network.parameters().OrderBy(parameter => -parameter.dim()).ToArray();
        var weights = tensors[0].data<float>().ToArray();
        var bias = tensors[1].data<float>().ToArray();
        var difference = Enumerable.Range(0, 3).Select(i => (double)weights[3 + i] - weights[i]).ToArray();
        var reach = Epsilon * difference.Sum(Math.Abs);
        var (clean, robust) = (0, 0);
        foreach (var row in rows)
        {
            var margin =
                (row.Features.Select((value, i) => value * difference[i]).Sum() + bias[1] - bias[0]) * (row.Label == 1 ? 1 : -1);
            if (margin > 0)
                clean++;
            if (margin > reach)
                robust++;
        }

        return (clean / (double)rows.Length, robust / (double)rows.Length);
    }

    private sealed class Heard : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}

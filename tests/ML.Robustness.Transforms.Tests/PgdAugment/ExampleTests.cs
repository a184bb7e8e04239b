using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>What the step makes of a row.</summary>
public sealed class ExampleTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _data;

    public ExampleTests()
    {
        _data = _ml.Data.Cache(TwoDimensionalClasses.Keyed(_ml, rows: 40));
        _classifier = Augmented.Linear(_ml);
    }

    public void Dispose() => _classifier.Dispose();

    private sealed class TargetedPoint
    {
        public float Number { get; set; }

        public float Target { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class BytesOut
    {
        public byte[] Features { get; set; } = [];

        public byte[] Adversarial { get; set; } = [];

        public bool Success { get; set; }

        public float Distance { get; set; }
    }

    [Fact]
    public void LinearClassifier_TargetedExamples_AreTheClosedFormCorner()
    {
        // Towards class t from all others alike: with the margin to one class only, the steepest corner is the sign of the
        // weights' difference.
        var points = TwoDimensionalClasses.Make(rows: 30)
            .Select(
                point => new TargetedPoint { Number = point.Number, Target = (point.Number + 1) % 3, Features = point.Features })
                .ToArray();
        var data = _ml.Data.LoadFromEnumerable(points);
        var weights = _classifier.Network.parameters().Single(parameter => parameter.dim() == 2).data<float>().ToArray();
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(Augmented.Epsilon))
        {
            Steps = 1,
            StepSize = 1,
            RandomStart = false,
            ReturnBestIterate = false,
            Loss = new Towards()
        };
        var step = Augmented.Estimator(_ml, _classifier,
            options => (options.LabelColumnName, options.TargetColumnName, options.Attack) = ("Number", "Target", attack))
            .Fit(data);
        var rows = Augmented.Rows(step.Transform(data));
        for (var i = 0; i < points.Length; i++)
        {
            var target = (int)points[i].Target;
            var expected = points[i].Features.Select(
                (value, j) => value + Augmented.Epsilon * Math.Sign(weights[target * TwoDimensionalClasses.Dimensions + j]))
                .ToArray();
            Augmented.AssertClose(expected, rows[i].Example);
            Assert.Equal(rows[i].Predicted == target + 1, rows[i].Success);
            Assert.Equal(Augmented.Epsilon, rows[i].Distance, 1e-6f);
        }
    }

    [Fact]
    public void Verdicts_AreTheClassifiersOnTheExample()
    {
        var rows = Augmented.Rows(
            Augmented.Estimator(_ml, _classifier, options => options.Attack = new(ThreatModel.LInf(0.25)) { Steps = 5 })
                .Fit(_data).Transform(_data));
        var scored = TwoDimensionalClasses.Scores(
            _classifier.Transform(
                _ml.Data.LoadFromEnumerable(rows.Select(row => new TwoDimensionalClasses.Point { Features = row.Example }))));
        var labels = _data.GetColumn<uint>("Label").ToList();
        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(scored[i].PredictedLabel, rows[i].Predicted);
            Assert.Equal(rows[i].Predicted != labels[i], rows[i].Success);
            Assert.Equal(rows[i].Features.Zip(rows[i].Example, (one, other) => MathF.Abs(one - other)).Max(), rows[i].Distance);
            Assert.InRange(rows[i].Distance, 0, 0.25f + 1e-6f);
            Assert.All(rows[i].Example, value => Assert.InRange(value, 0, 1));
        }

        Assert.Contains(rows, row => row.Success);
        Assert.Contains(rows, row => !row.Success);
    }

    [Fact]
    public void Examples_AreThoseOfTheEngine_WithItsRestarts()
    {
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.2)) { Steps = 1, StepSize = 0.01 };
        using var scope = TorchSharp.torch.NewDisposeScope();
        var inputs = TorchSharp.torch.tensor(Augmented.Vectors(_data, "Features").SelectMany(row => row).ToArray())
            .reshape(-1, TwoDimensionalClasses.Dimensions);
        var labels = TorchSharp.torch.tensor(_data.GetColumn<uint>("Label").Select(key => key - 1L).ToArray());
        float[] Engine(int restarts) =>
            attack.WithRestarts(restarts)
                .Perturb(_classifier.Network, inputs, AttackGoal.Untargeted(labels), new RowRandom(seed: 7)).Inputs.data<float>()
                .ToArray();
        float[] Step(int restarts) =>
        [
            .. Augmented.Rows(
                Augmented.Estimator(_ml, _classifier,
                    options => (options.Seed, options.Restarts, options.Attack) = (7, restarts, attack)).Fit(_data)
                    .Transform(_data))
                .SelectMany(row => row.Example),
        ];
        Assert.Equal(Engine(1), Step(1));
        Assert.Equal(Engine(4), Step(4));
        Assert.NotEqual(Step(1), Step(4));
    }

    [Theory]
    [InlineData(8 / 255.0, 8)]
    [InlineData(8.9 / 255, 8)]
    [InlineData(0.4 / 255, 0)]
    public void Bytes_StayBytesInsideTheBudget_AndUseAllOfIt(double epsilon, int levels)
    {
        var data = _ml.Data.LoadFromEnumerable(BytePoints());
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number").Fit(data);
        var step = Augmented.Estimator(_ml, classifier,
            options => (options.LabelColumnName, options.Attack) = ("Number",
                new(ThreatModel.LInf(epsilon)) { Steps = 5, ReturnBestIterate = false })).Fit(data);
        var view = step.Transform(data);
        Assert.Equal("Vector<Byte, 4>", view.Schema["Adversarial"].Type.ToString());
        var rows = _ml.Data.CreateEnumerable<BytesOut>(view, reuseRowObject: false).ToList();
        foreach (var row in rows)
        {
            var most = row.Features.Zip(row.Adversarial, (one, other) => Math.Abs(one - other)).Max();
            Assert.InRange(most, 0, levels);
            Assert.Equal(most / 255f, row.Distance, 1e-6f);
        }

        Assert.Equal(levels, rows.Max(row => row.Features.Zip(row.Adversarial, (one, other) => Math.Abs(one - other)).Max()));
    }

    [Fact]
    public void Bytes_AreJudgedAsTheyAre()
    {
        var data = _ml.Data.LoadFromEnumerable(BytePoints());
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number").Fit(data);
        var step = Augmented.Estimator(_ml, classifier,
            options => (options.LabelColumnName, options.Attack) = ("Number", new(ThreatModel.L2(0.4)) { Steps = 5 })).Fit(data);
        var rows = _ml.Data.CreateEnumerable<BytesOut>(step.Transform(data), reuseRowObject: false).ToList();
        var scored = TwoDimensionalClasses.Scores(
            classifier.Transform(
                _ml.Data.LoadFromEnumerable(
                    rows.Select(row => new TwoDimensionalClasses.BytePoint { Features = row.Adversarial }))));
        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(scored[i].PredictedLabel != i % 3 + 1, rows[i].Success);
            Assert.Equal(
                Math.Sqrt(rows[i].Features.Zip(rows[i].Adversarial, (one, other) => (one - other) * (one - other)).Sum()) / 255,
                rows[i].Distance, 1e-6);
            Assert.InRange(rows[i].Distance, 0, 0.4f + 1e-6f);
        }

        Assert.Contains(rows, row => row.Success);
    }

    private static IEnumerable<TwoDimensionalClasses.BytePoint> BytePoints() =>
        TwoDimensionalClasses.Make(rows: 45)
            .Select(
                point => new TwoDimensionalClasses.BytePoint
                {
                    Number = point.Number,
                    Features = [.. point.Features.Select(value => (byte)MathF.Round(value * 255))]
                });

    /// <summary>The target's logit alone, so that the gradient is the target's weights.</summary>
    private sealed class Towards : AttackLoss
    {
        public override TorchSharp.torch.Tensor Evaluate(TorchSharp.torch.Tensor logits, TorchSharp.torch.Tensor labels)
        {
            using var column = labels.unsqueeze(1);
            using var chosen = logits.gather(1, column);
            using var flat = chosen.squeeze(1);
            return flat.neg();
        }
    }
}

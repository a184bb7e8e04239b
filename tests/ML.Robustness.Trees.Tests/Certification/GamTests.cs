using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Trees.Certification;

namespace ML.Robustness.Trees.Tests.Certification;

/// <summary>Generalized additive models: each feature's best change is its own, so that the exact radius is easy to find.</summary>
public sealed class GamTests
{
    private const int Inputs = 3;

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Radii_AreThoseOfTheShapes(bool hasConstantFeature)
    {
        var rows = Rows(400, hasConstantFeature);
        var (train, test) = (_ml.Data.LoadFromEnumerable(rows[..300]), _ml.Data.LoadFromEnumerable(rows[300..]));
        var model = _ml.Transforms.NormalizeMinMax("Features")
            .Append(_ml.BinaryClassification.Trainers.Gam(numberOfIterations: 60, maximumBinCountPerFeature: 12)).Fit(train);

        var metrics = _ml.BinaryClassification.CertifyTrees(
            model, test, new TreeCertificationOptions { ComputeExact = true, MaxClique = 1, Levels = 1 });

        float[] scores = [.. model.Transform(test).GetColumn<float>("Score")];
        foreach (var row in metrics.Report.Rows)
        {
            var values = rows[300 + (int)row.Row].Features;
            Assert.True(row.CertifiedRadius <= row.ExactRadius && row.ExactRadius <= row.AttackedDistance);
            // No feature is shared between trees, so that the bound of single trees is exact, too.
            if (!row.IsCorrect)
                continue;
            Assert.Equal(row.ExactRadius!.Value, row.CertifiedRadius, 1e-6);
            if (double.IsInfinity(row.ExactRadius.Value))
                continue;
            Assert.False(Flips(values, scores[row.Row], row.ExactRadius.Value - 1e-4));
            Assert.True(Flips(values, scores[row.Row], row.ExactRadius.Value + 1e-4));
        }
        Assert.Contains(metrics.Report.Rows, row => row.IsCorrect && double.IsFinite(row.ExactRadius!.Value));

        // A grid so fine that no bin is missed, a feature at a time.
        bool Flips(float[] values, float score, double radius)
        {
            var variants = new List<Row> { new() { Features = values } };
            for (var feature = 0; feature < Inputs; feature++)
            {
                for (var step = -400; step <= 400; step++)
                {
                    float[] moved = [.. values];
                    moved[feature] += (float)(radius * step / 400);
                    variants.Add(new Row { Features = moved });
                }
            }
            float[] found = [.. model.Transform(_ml.Data.LoadFromEnumerable(variants)).GetColumn<float>("Score")];
            var worst = (double)found[0];
            foreach (var part in found.Skip(1).Chunk(801))
                worst += score > 0 ? part.Min() - found[0] : part.Max() - found[0];
            return score > 0 ? worst <= 0 : worst > 0;
        }
    }

    private static Row[] Rows(int count, bool hasConstantFeature)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] features = [.. Enumerable.Range(0, Inputs).Select(_ => MathF.Round(10 * random.NextSingle(), 1))];
            if (hasConstantFeature)
                features[0] = 1;
            return new Row
            {
                Features = features,
                Label = Math.Abs(features[1] - 5) + features[2] + (random.NextSingle() * 2) > 8,
            };
        })];
    }

    private sealed class Row
    {
        [VectorType(Inputs)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}

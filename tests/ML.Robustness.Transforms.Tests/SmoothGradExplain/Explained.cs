using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.SmoothGradExplain;

/// <summary>Steps over <see cref="TwoDimensionalClasses"/> and over small images, and what comes out of them.</summary>
internal static class Explained
{
    internal sealed class ImageRow
    {
        public float Label { get; set; }

        [VectorType(2, 4, 5)]
        public float[] Image { get; set; } = [];
    }

    /// <summary>The attribution of each row, with the row's id.</summary>
    internal static List<(string Id, float[] Values)> Rows(IDataView data, Random? random = null)
    {
        using var cursor = data.GetRowCursor([data.Schema["Explanation"]], random);
        var getId = cursor.GetIdGetter();
        var getValues = cursor.GetGetter<VBuffer<float>>(data.Schema["Explanation"]);
        var rows = new List<(string, float[])>();
        DataViewRowId id = default;
        VBuffer<float> values = default;
        while (cursor.MoveNext())
        {
            getValues(ref values);
            getId(ref id);
            rows.Add(($"{id}", [.. values.DenseValues()]));
        }

        return rows;
    }

    internal static SmoothGradExplainEstimator.Options Options(ITransformer classifier,
        Action<SmoothGradExplainEstimator.Options>? change = null)
    {
        var options = new SmoothGradExplainEstimator.Options
        {
            InputColumnName = "Features",
            Classifier = classifier,
            Samples = 3
        };
        change?.Invoke(options);
        return options;
    }

    internal static SmoothGradExplainEstimator Estimator(MLContext ml, ITransformer classifier,
        Action<SmoothGradExplainEstimator.Options>? change = null) =>
        ml.Transforms.SmoothGradExplain(Options(classifier, change));

    /// <summary>Images of two channels, four by five, of three classes.</summary>
    internal static IDataView Images(MLContext ml, int rows = 12)
    {
        var random = new Random(2);
        return ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, rows)
                .Select(
                    row => new ImageRow
                    {
                        Label = row % 3,
                        Image = [.. Enumerable.Range(0, 40).Select(_ => random.NextSingle())]
                    }).ToArray());
    }

    internal static NeuralClassifierTransformer FittedOnImages(MLContext ml) => TwoDimensionalClasses.Trainer(ml, options =>
        (options.FeatureColumnName, options.Architecture, options.Objective, options.Attack, options.Epochs) = ("Image",
            ModelArchitecture.ConvNet(4, 8), new StandardObjective(), null, 1)).Fit(Images(ml));

    /// <summary>What the engine gives for the same rows, the seed and the numbers of rows that come from memory being
    /// known.</summary>
    internal static float[][] ByHand(NeuralClassifierTransformer classifier, IEnumerable<float[]> rows, AttributionMethod method,
        AttributionTarget? target = null, ulong seed = 1)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var flat = rows.ToArray();
        var inputs = TorchSharp.torch.tensor(flat.SelectMany(row => row).ToArray())
            .reshape(classifier.Features.Shape.Batch(flat.Length));
        var values = method.Attribute(classifier.Network, inputs, target, new RowRandom(seed)).Values.contiguous().data<float>()
            .ToArray();
        return [.. values.Chunk(flat[0].Length)];
    }

    internal static void AssertSame(IEnumerable<float[]> expected, IEnumerable<float[]> found, float tolerance = 1e-5f)
    {
        var (wanted, given) = (expected.ToList(), found.ToList());
        Assert.Equal(wanted.Count, given.Count);
        foreach (var (one, other) in wanted.Zip(given))
        {
            Assert.Equal(one.Length, other.Length);
            for (var i = 0; i < one.Length; i++)
                Assert.Equal(one[i], other[i], tolerance);
        }
    }
}

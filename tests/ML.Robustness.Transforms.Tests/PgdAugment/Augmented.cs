using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>Steps over <see cref="TwoDimensionalClasses"/>, and what comes out of them.</summary>
internal static class Augmented
{
    internal const float Epsilon = 0.08f;

    /// <summary>Steps so short that the random start shows in the result.</summary>
    internal static ProjectedGradientDescent Attack => new(ThreatModel.LInf(Epsilon)) { Steps = 3, StepSize = 0.01 };

    /// <summary>One row of a step with all its columns.</summary>
    internal sealed record Row(string Id, float[] Features, float[] Example, bool Success, float Distance, uint Predicted);

    /// <summary>A classifier without hidden layers, whose worst cases have a closed form.</summary>
    internal static NeuralClassifierTransformer Linear(MLContext ml) => TwoDimensionalClasses.Fitted(ml, options =>
    {
        options.Architecture = ModelArchitecture.MultilayerPerceptron();
        options.Objective = new StandardObjective();
        options.Attack = null;
        options.Epochs = 10;
    });

    internal static PgdAugmentEstimator.Options Options(ITransformer classifier,
        Action<PgdAugmentEstimator.Options>? change = null)
    {
        var options = new PgdAugmentEstimator.Options
        {
            InputColumnName = "Features",
            Classifier = classifier,
            Attack = Attack,
            SuccessColumnName = "Success",
            DistanceColumnName = "Distance",
            PredictedLabelColumnName = "Attacked",
        };
        change?.Invoke(options);
        return options;
    }

    internal static PgdAugmentEstimator Estimator(MLContext ml, ITransformer classifier,
        Action<PgdAugmentEstimator.Options>? change = null) =>
        ml.Transforms.PgdAugment(Options(classifier, change));

    internal static PgdAugmentRowsEstimator RowsEstimator(MLContext ml, ITransformer classifier,
        Action<PgdAugmentRowsEstimator.Options>? change = null)
    {
        var options = new PgdAugmentRowsEstimator.Options
        {
            Classifier = classifier,
            Attack = Attack,
            IsAdversarialColumnName = "IsAdversarial"
        };
        change?.Invoke(options);
        return ml.Transforms.PgdAugmentRows(options);
    }

    internal static List<Row> Rows(IDataView data, Random? random = null)
    {
        using var cursor = data.GetRowCursor(data.Schema, random);
        var getId = cursor.GetIdGetter();
        var getFeatures = cursor.GetGetter<VBuffer<float>>(data.Schema["Features"]);
        var getExample = cursor.GetGetter<VBuffer<float>>(data.Schema["Adversarial"]);
        var getSuccess = cursor.GetGetter<bool>(data.Schema["Success"]);
        var getDistance = cursor.GetGetter<float>(data.Schema["Distance"]);
        var getPredicted = cursor.GetGetter<uint>(data.Schema["Attacked"]);
        var rows = new List<Row>();
        DataViewRowId id = default;
        VBuffer<float> features = default, example = default;
        var (success, distance, predicted) = (false, 0f, 0u);
        while (cursor.MoveNext())
        {
            getPredicted(ref predicted);
            getExample(ref example);
            getId(ref id);
            getFeatures(ref features);
            getSuccess(ref success);
            getDistance(ref distance);
            rows.Add(new Row($"{id}", [.. features.DenseValues()], [.. example.DenseValues()], success, distance, predicted));
        }

        return rows;
    }

    /// <summary>One column of vectors alone.</summary>
    internal static List<float[]> Vectors(IDataView data, string column)
    {
        using var cursor = data.GetRowCursor([data.Schema[column]]);
        var get = cursor.GetGetter<VBuffer<float>>(data.Schema[column]);
        var rows = new List<float[]>();
        VBuffer<float> value = default;
        while (cursor.MoveNext())
        {
            get(ref value);
            rows.Add([.. value.DenseValues()]);
        }

        return rows;
    }

    internal static void AssertClose(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-5f);
    }
}

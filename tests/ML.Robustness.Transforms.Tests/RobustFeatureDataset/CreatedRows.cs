using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.RobustFeatureDataset;

/// <summary>Steps of every kind over <see cref="TwoDimensionalClasses"/>, and what comes out of them.</summary>
internal static class CreatedRows
{
    internal static readonly ThreatModel Ball = ThreatModel.L2(0.3);

    internal static TheoryData<FeatureDatasetKind> Kinds => [.. Enum.GetValues<FeatureDatasetKind>()];

    internal static TheoryData<FeatureDatasetKind> RowwiseKinds =>
        [.. Enum.GetValues<FeatureDatasetKind>().Where(kind => kind != FeatureDatasetKind.MislabeledOnly)];

    /// <summary>One row of a step.</summary>
    internal sealed record Row(string Id, uint Old, uint Label, float[] Features);

    /// <summary>Classifiers of other seeds: the first is worked with, the others form an ensemble. They err on some
    /// rows.</summary>
    internal static NeuralClassifierTransformer[] Classifiers(MLContext ml) => [.. Enumerable.Range(1, 3).Select(seed =>
        TwoDimensionalClasses.Fitted(ml,
            options => (options.Epochs, options.Seed, options.Objective, options.Attack, options.Optimizer) =
            (2, (ulong)seed, new StandardObjective(), null, new AdamWOptions { LearningRate = 0.01 })))];

    internal static bool NeedsBall(FeatureDatasetKind kind) =>
        kind is not (FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust or FeatureDatasetKind.MislabeledOnly);

    internal static RobustFeatureDatasetEstimator.Options Options(FeatureDatasetKind kind,
        IReadOnlyList<ITransformer> classifiers, Action<RobustFeatureDatasetEstimator.Options>? change = null)
    {
        var options = new RobustFeatureDatasetEstimator.Options
        {
            Kind = kind,
            Classifier = classifiers[0],
            Ensemble = kind == FeatureDatasetKind.NonTransferable ? [.. classifiers.Skip(1)] : [],
            ThreatModel = NeedsBall(kind) ? Ball : null,
            Steps = kind is FeatureDatasetKind.LeakageControl or FeatureDatasetKind.MislabeledOnly ? null : 5,
        };
        change?.Invoke(options);
        return options;
    }

    internal static RobustFeatureDatasetEstimator Estimator(MLContext ml, FeatureDatasetKind kind,
        IReadOnlyList<ITransformer> classifiers, Action<RobustFeatureDatasetEstimator.Options>? change = null) =>
        ml.Transforms.RobustFeatureDataset(Options(kind, classifiers, change));

    /// <summary>The rows with their new label beside the old, of a key column Old that the caller copied.</summary>
    internal static List<Row> Rows(IDataView data, Random? random = null)
    {
        DataViewSchema.Column[] columns = [data.Schema["Old"], data.Schema["Label"], data.Schema["Features"]];
        using var cursor = data.GetRowCursor(columns, random);
        var getId = cursor.GetIdGetter();
        var (getOld, getLabel) = (cursor.GetGetter<uint>(columns[0]), cursor.GetGetter<uint>(columns[1]));
        var getFeatures = cursor.GetGetter<VBuffer<float>>(columns[2]);
        var rows = new List<Row>();
        DataViewRowId id = default;
        VBuffer<float> features = default;
        var (old, label) = (0u, 0u);
        while (cursor.MoveNext())
        {
            getLabel(ref label);
            getFeatures(ref features);
            getOld(ref old);
            getId(ref id);
            rows.Add(new Row($"{id}", old, label, [.. features.DenseValues()]));
        }

        return rows;
    }

    internal static void AssertSame(IReadOnlyList<Row> expected, IReadOnlyList<Row> found)
    {
        Assert.Equal(expected.Select(row => (row.Id, row.Old, row.Label)), found.Select(row => (row.Id, row.Old, row.Label)));
        foreach (var (one, other) in expected.Zip(found))
        {
            for (var i = 0; i < one.Features.Length; i++)
                Assert.Equal(one.Features[i], other.Features[i], 1e-5f);
        }
    }

    /// <summary>The points with the key column Label, and its copy Old which no step hides.</summary>
    internal static IDataView Data(MLContext ml, int rows = 60, int seed = 1)
    {
        var keyed = TwoDimensionalClasses.Keyed(ml, rows, seed);
        return ml.Data.Cache(ml.Transforms.CopyColumns("Old", "Label").Fit(keyed).Transform(keyed));
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Corruptions;
using ML.Robustness.Transforms.Tests.Imaging;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Every step, for the tests of <see cref="EstimatorContract"/>. A new step adds an entry.</summary>
internal static class StepTable
{
    private static readonly Dictionary<string, Func<MLContext, StepCase>> Steps = new()
    {
        ["AdversarialTraining"] = ml => new StepCase
        {
            Data = Points(ml),
            Create = size => TwoDimensionalClasses.Trainer(ml,
                options => (options.Epochs, options.BatchSize) = (1, size ?? options.BatchSize)),
            Outputs = ["PredictedLabel", "Score"],
            Reads = ["Features"],
            ReadByFit = ["Features", "Label"],
            Inputs = [StepCase.FeatureColumn("Features"), StepCase.LabelColumn("Label")],
            DependsOnBatchSize = true,
        },
        ["PgdAugment"] = ml => OfClassifier(ml, ["Adversarial", "Attacked", "Distance", "Success"], (classifier, size) =>
            Augmented.Estimator(ml, classifier, options => options.BatchSize = size ?? options.BatchSize)),
        ["PgdAugment in place"] = ml => OfClassifier(ml, ["Features"], (classifier, size) =>
            ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options
            {
                Classifier = classifier,
                OutputColumnName = "Features",
                Attack = Augmented.Attack,
                BatchSize = size ?? 64,
            })),
        ["PgdAugmentRows interleaved"] = ml => Rows(ml, CopyPlacement.Interleaved),
        ["PgdAugmentRows following"] = ml => Rows(ml, CopyPlacement.Following),
        ["SmoothGradExplain"] = ml => OfClassifier(ml, ["Explanation"], (classifier, size) =>
            Explained.Estimator(ml, classifier, options => options.BatchSize = size ?? options.BatchSize), readsLabels: false),
        ["SmoothGradExplain of labels"] = ml => OfClassifier(ml, ["Explanation"], (classifier, size) =>
            Explained.Estimator(ml, classifier, options => (options.Target, options.BatchSize) =
                (AttributionTargetKind.Label, size ?? options.BatchSize))),
        ["Corrupt"] = ml => Corrupt(ml, "Image", new GaussianNoise()),
        ["Corrupt bytes"] = ml => Corrupt(ml, "Bytes", new Jpeg()),
        ["RenderHeatmap"] = Heatmap,
    };

    static StepTable()
    {
        foreach (var kind in Enum.GetValues<FeatureDatasetKind>())
            Steps[$"RobustFeatureDataset {kind}"] = ml => FeatureDataset(ml, kind);
    }

    internal static TheoryData<string> Names => [.. Steps.Keys];

    /// <summary>The steps that work with a classifier trained before.</summary>
    internal static TheoryData<string> NamesWithClassifier =>
        [.. Steps.Keys.Where(name => !name.StartsWith("Corrupt", StringComparison.Ordinal)
            && name is not ("AdversarialTraining" or "RenderHeatmap"))];

    internal static StepCase Create(MLContext ml, string name) => Steps[name](ml);

    private static IDataView Points(MLContext ml) => ml.Data.Cache(TwoDimensionalClasses.Keyed(ml, rows: 50));

    private static StepCase OfClassifier(MLContext ml, string[] outputs,
        Func<ITransformer, int?, IEstimator<ITransformer>> create, bool readsLabels = true, bool isRowToRow = true)
    {
        var classifier = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        return new StepCase
        {
            Data = Points(ml),
            Create = size => create(classifier, size),
            Outputs = outputs,
            Reads = readsLabels ? ["Features", "Label"] : ["Features"],
            Inputs = readsLabels ? [StepCase.FeatureColumn("Features"), StepCase.LabelColumn("Label")]
                : [StepCase.FeatureColumn("Features")],
            IsRowToRow = isRowToRow,
            Classifiers = [classifier],
        };
    }

    private static StepCase Rows(MLContext ml, CopyPlacement placement) =>
        OfClassifier(ml, ["Features", "IsAdversarial", "Kind"], (classifier, size) => Augmented.RowsEstimator(ml, classifier,
            options => (options.Placement, options.Fraction, options.BatchSize) = (placement, 0.5, size ?? options.BatchSize)),
            isRowToRow: false);

    private static StepCase FeatureDataset(MLContext ml, FeatureDatasetKind kind)
    {
        var classifiers = CreatedRows.Classifiers(ml);
        return new StepCase
        {
            Data = CreatedRows.Data(ml),
            Create = size => CreatedRows.Estimator(ml, kind, classifiers,
                options => options.BatchSize = size ?? options.BatchSize),
            Outputs = ["Features", "Label"],
            Reads = ["Features", "Label"],
            // Another row's features are the start of each search.
            ReadByFit = kind is FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust ? ["Features"] : [],
            Inputs = [StepCase.FeatureColumn("Features"), StepCase.LabelColumn("Label")],
            IsRowToRow = kind != FeatureDatasetKind.MislabeledOnly,
            Classifiers = classifiers,
        };
    }

    private static StepCase Corrupt(MLContext ml, string input, Corruption corruption) => new()
    {
        Data = ml.Data.Cache(Corrupted.View(ml)),
        Create = size => Corrupted.Estimator(ml, options => (options.InputColumnName, options.Corruption, options.BatchSize) =
            (input, corruption, size ?? options.BatchSize)),
        Outputs = ["Corrupted"],
        Reads = [input],
        Inputs = [StepCase.FeatureColumn(input)],
        TextColumn = "Text",
    };

    private static StepCase Heatmap(MLContext ml)
    {
        var rows = AttributionMaps.Make(9);
        var shape = new InputShape(1, AttributionMaps.Height, AttributionMaps.Width);
        return new StepCase
        {
            Data = new ImageView(
                ImageViewColumn.Numbers("Number", [.. rows.Select(row => row.Number)]),
                ImageViewColumn.Texts("Kind", [.. rows.Select(row => $"{row.Number}")]),
                ImageViewColumn.Vectors("Attribution", [.. rows.Select(row => row.Flat)], InputShape.Vector(shape.Length)),
                ImageViewColumn.Images("Image", [.. rows.Select(row => AttributionMaps.Of(row.Features))])),
            Create = _ => ml.Transforms.RenderHeatmap(new RenderHeatmapEstimator.Options
            {
                AttributionColumnName = "Attribution",
                ImageColumnName = "Image",
                InputShape = shape,
            }),
            Outputs = ["Heatmap"],
            Reads = ["Attribution", "Image"],
            Inputs = [("attribution", "Attribution", "")],
        };
    }
}

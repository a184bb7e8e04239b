using Microsoft.ML;
using ML.Robustness.Attribution;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Faults.Networks;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;

namespace ML.Robustness.Faults.Formats;

/// <summary>Every kind of file that the library reads.</summary>
internal static class FormatTable
{
    internal static IReadOnlyList<FileFormat> All { get; } =
    [
        new IdxFormat(isImages: true, isCompressed: false), new IdxFormat(isImages: true, isCompressed: true),
        new IdxFormat(isImages: false, isCompressed: false), new IdxFormat(isImages: false, isCompressed: true),
        new CifarFormat(isCompressed: false), new CifarFormat(isCompressed: true),
        new CheckpointFormat(), new SuiteStateFormat(),
        new FeatureDatasetFormat(isPartial: false), new FeatureDatasetFormat(isPartial: true),
        new WeightsFormat(), new PyTorchFormat(".pth"), new PyTorchFormat(".safetensors"), new OnnxFormat(),
        new ModelFormat("classifier", static (_, classifier) => classifier),
        new ModelFormat("FromPipeline", static (uses, _) => uses.Ml.MulticlassClassification.FromPipeline(
            uses.Ml.Transforms.NormalizeMinMax("Normal", "Features")
                .Append(uses.Ml.Transforms.Conversion.MapValueToKey("Key", "Label"))
                .Append(uses.Ml.MulticlassClassification.Trainers.SdcaMaximumEntropy("Key", "Normal")).Fit(uses.Data),
            uses.Data, ["Features"])),
        new ModelFormat("PgdAugment", static (uses, classifier) =>
            uses.Ml.Transforms.PgdAugment(classifier, attack: ClassifierUses.Attack).Fit(uses.Data)),
        new ModelFormat("PgdAugmentRows", static (uses, classifier) =>
            uses.Ml.Transforms.PgdAugmentRows(classifier, attack: ClassifierUses.Attack).Fit(uses.Data)),
        new ModelFormat("SmoothGradExplain", static (uses, classifier) =>
            uses.Ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
            {
                Classifier = classifier,
                Method = new IntegratedGradients { Steps = 3 },
                Samples = 3,
            }).Fit(uses.Data)),
        new ModelFormat("RobustFeatureDataset", static (uses, classifier) =>
            uses.Ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
            {
                Classifier = classifier,
                Kind = FeatureDatasetKind.Robust,
                Steps = 2,
            }).Fit(uses.Data)),
        new ModelFormat("Corrupt", static (uses, _) => uses.Ml.Transforms.Corrupt(
            "Corrupted", new GaussianNoise(), 3, "Features", new InputShape(1, ClassifierUses.Height, ClassifierUses.Height))
            .Fit(uses.Data)),
        new ModelFormat("RenderHeatmap", static (uses, _) => uses.Ml.Transforms.RenderHeatmap(new()
        {
            AttributionColumnName = "Features",
            InputShape = new InputShape(1, ClassifierUses.Height, ClassifierUses.Height),
        }).Fit(uses.Data)),
    ];

    /// <summary>The named format, or all.</summary>
    internal static IReadOnlyList<FileFormat> Chosen(string? name) => name is null ? All : [Of(name)];

    internal static FileFormat Of(string name) => All.FirstOrDefault(format => format.Name == name)
        ?? throw new ArgumentException($"There is no format '{name}': {string.Join(", ", All.Select(format => format.Name))}.");
}

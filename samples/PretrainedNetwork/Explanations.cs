using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.SmoothGradExplain;

namespace PretrainedNetwork;

/// <summary>Attacks and explains some images: steps of a pipeline, each a column.</summary>
internal sealed class Explanations(MLContext ml, ExperimentSettings settings)
{
    private const int Samples = 25;
    private const double Noise = 0.1;

    /// <summary>
    /// For each classifier the images with their adversarial examples (PGD-20), SmoothGrad and Grad-CAM of both.
    /// </summary>
    public ExplainedImage[][] Explain(
        TrainedClassifier[] models, IDataView rows, IProgress<double> progress, CancellationToken cancellation)
    {
        var explained = new List<ExplainedImage[]>();
        foreach (var model in models)
        {
            cancellation.ThrowIfCancellationRequested();
            explained.Add(Explain(model, rows));
            progress.Report((double)explained.Count / models.Length);
        }

        return [.. explained];
    }

    private ExplainedImage[] Explain(TrainedClassifier model, IDataView rows)
    {
        var pipeline = ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options
        {
            Classifier = model.Classifier,
            OutputColumnName = nameof(ExplainedImage.Adversarial),
            PredictedLabelColumnName = nameof(ExplainedImage.AttackedClass),
            Attack = new ProjectedGradientDescent(settings.ThreatModel) { Steps = 20 },
        })
            .Append(SmoothGrad(nameof(ExplainedImage.SmoothGrad), "Features"))
            .Append(SmoothGrad(nameof(ExplainedImage.SmoothGradAttacked), nameof(ExplainedImage.Adversarial)))
            .Append(GradCam(nameof(ExplainedImage.GradCam), "Features"))
            .Append(GradCam(nameof(ExplainedImage.GradCamAttacked), nameof(ExplainedImage.Adversarial)))
            .Append(ml.Transforms.Conversion.MapKeyToValue(nameof(ExplainedImage.AttackedClass)))
            .Append(ml.Transforms.Conversion.MapKeyToValue(nameof(ExplainedImage.Class), "Label"));
        using var steps = pipeline.Fit(rows);
        return [.. ml.Data.CreateEnumerable<ExplainedImage>(steps.Transform(rows), reuseRowObject: false)];

        SmoothGradExplainEstimator SmoothGrad(string output, string input) => Step(output, input, null, Samples, Noise);

        SmoothGradExplainEstimator GradCam(string output, string input) =>
            Step(output, input, new GradCam { Layer = PretrainedResNet.LastMaps }, 1, 0);

        SmoothGradExplainEstimator Step(
            string output, string input, AttributionMethod? method, int samples, double noise) =>
            ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
            {
                Classifier = model.Classifier,
                OutputColumnName = output,
                InputColumnName = input,
                Method = method,
                Samples = samples,
                Noise = noise,
                SumChannels = true,
                Absolute = true,
            });
    }
}

using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureAnalysis;

/// <summary>
/// The robust feature leakage of a feature data set: the share of what it teaches that robust features explain.
/// </summary>
/// <remarks>
/// Goh, <see href="https://distill.pub/2019/advex-bugs-discussion/response-2"/>: a linear classifier is trained on the robust
/// features of the feature data set's rows and their new labels, and evaluated on original rows. Its accuracy there has leaked
/// through robust features: it bounds from below what a data set such as D_rand owes to them. Goh's features were the outputs
/// of linear classifiers trained adversarially; they explain 23.5 points for D_rand of CIFAR-10, and nothing for D_det. Here the
/// classifier is ridge regression in closed form.
/// </remarks>
public sealed class RobustFeatureLeakage
{
    private const int RowsAtOnce = 256, MostFeatures = 4096;

    private RobustFeatureLeakage(double accuracy, double trainingAccuracy, double chance, int features) =>
        (Accuracy, TrainingAccuracy, Chance, Features) = (accuracy, trainingAccuracy, chance, features);

    /// <summary>The linear classifier's accuracy on the original rows, 0 to 1: what robust features explain.</summary>
    public double Accuracy { get; }

    /// <summary>The linear classifier's accuracy on the feature data set's rows and their new labels, 0 to 1.</summary>
    public double TrainingAccuracy { get; }

    /// <summary>The chance level, 0 to 1: the share of the most frequent class among the original rows.</summary>
    public double Chance { get; }

    /// <summary>The number of features.</summary>
    public int Features { get; }

    /// <summary>Measures the leakage.</summary>
    /// <param name="network">The adversarially trained network whose features are the robust ones; left as it was.</param>
    /// <param name="source">Which of its features.</param>
    /// <param name="featureDataset">The feature data set: rows with their new labels.</param>
    /// <param name="originals">
    /// Original rows with their own labels, best ones that the feature data set was not created from.
    /// </param>
    /// <param name="penalty">The ridge, as a share of the features' mean variance; above zero.</param>
    /// <param name="layer">
    /// The layer whose output is the features, as <see cref="FeatureExtractor.Of"/> names it; null for the penultimate features.
    /// It must be null for <see cref="FeatureSource.Outputs"/>.
    /// </param>
    /// <param name="cancellation">Checked at every batch.</param>
    /// <returns>The leakage.</returns>
    /// <exception cref="ArgumentException">
    /// A set has no rows or a label beyond its classes, the sets differ in their classes, or the network's features cannot be
    /// read or are more than 4096.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The penalty is not above zero.</exception>
    /// <exception cref="InvalidOperationException">The features are too nearly dependent for the penalty.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustFeatureLeakage Measure(
        Module<Tensor, Tensor> network, FeatureSource source, LabeledDataset featureDataset, LabeledDataset originals,
        double penalty = 1e-3, string? layer = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(featureDataset);
        ArgumentNullException.ThrowIfNull(originals);
        if (!(penalty > 0) || double.IsInfinity(penalty))
            throw new ArgumentOutOfRangeException(nameof(penalty), penalty,
                "The penalty must be a finite number above zero: without it, features that depend on each other have no one " +
                "solution.");
        if (featureDataset.Classes != originals.Classes)
            throw new ArgumentException(
                $"The feature data set has {featureDataset.Classes} classes but the original ones {originals.Classes}: give " +
                "both the same labels.", nameof(originals));
        if (source == FeatureSource.Outputs && layer is not null)
            throw new ArgumentException(
                $"Layer '{layer}' is named, but source is Outputs, the logits: leave layer null, or take "
                    + "FeatureSource.Penultimate.",
                nameof(layer));
        var model = source == FeatureSource.Penultimate ? FeatureExtractor.Of(network, layer) : null;
        DatasetInspection.Of(featureDataset, "featureDataset", ValueRange.Unbounded, false, cancellation);
        var rows = DatasetInspection.Of(originals, "original", ValueRange.Unbounded, false, cancellation).Rows;

        using var frozen = new ModelScope(network);
        using var quiet = no_grad();
        var device = ModelCall.DeviceOf(network);
        Tensor Read(Tensor inputs)
        {
            using var scope = NewDisposeScope();
            var moved = inputs.to(device);
            var values = model is null ? ModelCall.Outputs(network, moved) : ModelCall.Extract(model, moved).Values;
            return CheckedWidth(values.flatten(1)).MoveToOuterDisposeScope();
        }

        var classifier = RidgeClassifier.Fit(
            Batches(featureDataset, cancellation)
                .Select(batch => { using (batch) return (Read(batch.Inputs), batch.Labels.alias()); }), featureDataset.Classes,
                penalty);
        var (training, _, features) = Score(featureDataset);
        var (accuracy, counts, _) = Score(originals);
        return new RobustFeatureLeakage(accuracy, training, (double)counts.Max() / rows, features);

        (double Accuracy, long[] Counts, int Features) Score(LabeledDataset data)
        {
            var (hits, counts, width) = (0L, new long[data.Classes], 0);
            foreach (var batch in Batches(data, cancellation))
            {
                using var scope = NewDisposeScope();
                using (batch)
                {
                    var values = Read(batch.Inputs);
                    width = (int)values.shape[1];
                    hits += classifier.Predict(values).eq(batch.Labels.cpu()).sum().item<long>();
                    foreach (var label in batch.Labels.cpu().data<long>().ToArray())
                        counts[label]++;
                }
            }
            return ((double)hits / counts.Sum(), counts, width);
        }
    }

    /// <summary>Returns the leakage as a line.</summary>
    /// <returns>Text in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Features} robust features explain {Accuracy:P1} of the original rows (chance {Chance:P1}; {TrainingAccuracy:P1} of " +
            $"the feature data set's)");

    private static IEnumerable<LabeledBatch> Batches(
        LabeledDataset data, CancellationToken cancellation) => data.Batches(RowsAtOnce, null).Select(batch =>
    {
        cancellation.ThrowIfCancellationRequested();
        return batch;
    });

    private static Tensor CheckedWidth(Tensor values) => values.shape[1] <= MostFeatures
        ? values
        : throw new ArgumentException(
            $"The network has {values.shape[1]} features: expected {MostFeatures} at most, since every pair of them is " +
            "weighed. Take the outputs, or a network with a narrower last layer.");
}

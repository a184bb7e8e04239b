using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The classifier of a step, and the other classifiers that must keep the label.</summary>
/// <param name="Classifier">The classifier.</param>
/// <param name="Others">Those that are to stay right; none for most kinds.</param>
/// <param name="IsOwned">Whether they came out of the step's own file.</param>
internal sealed record ClassifierEnsemble(
    NeuralClassifierTransformer Classifier, IReadOnlyList<NeuralClassifierTransformer> Others, bool IsOwned) : IDisposable
{
    private const string Step = "RobustFeatureDataset";

    internal static ClassifierEnsemble Of(RobustFeatureDatasetEstimator.Options options)
    {
        var classifier = ClassifierChain.ClassifierOf(options.Classifier, Step);
        NeuralClassifierTransformer[] others = [.. options.Ensemble.Select(other => ClassifierChain.ClassifierOf(other, Step))];
        if (options.Kind == FeatureDatasetKind.NonTransferable && others.Length == 0)
        {
            throw new ArgumentException(
                "Options.Ensemble is empty: NonTransferable fools the classifier while others stay right, and an ensemble of " +
                    "one has no others. Give it one classifier or more, trained as the first from other seeds.", nameof(options));
        }

        foreach (var other in others)
            Check(classifier, other);
        return new ClassifierEnsemble(classifier, others, false);
    }

    /// <summary>The lifetimes of all classifiers.</summary>
    internal IEnumerable<NativeLifetime> Lifetimes => Others.Prepend(Classifier).Select(classifier => classifier.Lifetime);

    public void Dispose()
    {
        if (!IsOwned)
            return;
        Classifier.Dispose();
        foreach (var other in Others)
            other.Dispose();
    }

    internal static void Check(NeuralClassifierTransformer classifier, NeuralClassifierTransformer other)
    {
        if (ReferenceEquals(classifier, other))
            throw new ArgumentException(
                "Options.Ensemble holds Options.Classifier itself, which cannot be fooled and right at once. Give it other " +
                "classifiers only.", nameof(other));
        if (other.Classes != classifier.Classes)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"A classifier of Options.Ensemble has {other.Classes} classes, but Options.Classifier {classifier.Classes}. " +
                    $"Train all after the same fitted MapValueToKey."), nameof(other));
        if (!KeyValues.Agree(other.KeyValues, classifier.KeyValues))
            throw new ArgumentException(LabelMap.Differ(
                "The classes of a classifier of Options.Ensemble", other.KeyValues!, "those of Options.Classifier",
                classifier.KeyValues!), nameof(other));
        if (other.Features.Shape != classifier.Features.Shape || other.Features.IsBytes != classifier.Features.IsBytes)
            throw new ArgumentException(
                $"A classifier of Options.Ensemble takes {Describe(other)}, but Options.Classifier {Describe(classifier)}. " +
                "Train all on the same columns.", nameof(other));
    }

    private static string Describe(NeuralClassifierTransformer classifier) =>
        $"{classifier.Features.Shape} of {classifier.Features.Type.ItemType}";
}

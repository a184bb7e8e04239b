using System.Globalization;
using System.Security.Cryptography;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The description of a step for manifests: its options, and checksums of weights and rows.</summary>
internal static class FeatureDatasetDescription
{
    internal static IEnumerable<KeyValuePair<string, string>> Of(FeatureDatasetParameters parameters)
    {
        using var use = parameters.Use();
        var settings = parameters.Settings;
        yield return new("seed", parameters.Seed.ToString(CultureInfo.InvariantCulture));
        if (settings.ThreatModel is { } threat)
            yield return new("threat model", threat.ToString());
        if (settings.MatchesFeatures)
            yield return new("range", settings.Range.ToString());
        if (settings.Layer is { } layer)
            yield return new("layer", layer);
        if (settings.MatchesFeatures || settings.GoesToAClass)
        {
            var steps = settings.Steps
                ?? (settings.MatchesFeatures ? FeatureMatching.DefaultSteps : TargetedPerturbation.DefaultSteps);
            yield return new("steps", steps.ToString(CultureInfo.InvariantCulture));
            yield return new("step size", settings.StepSize?.ToString(CultureInfo.InvariantCulture) ?? "the construction's own");
        }

        yield return new("classifier", Describe(parameters.Classifier));
        foreach (var (other, number) in parameters.Ensemble.Others.Select((other, index) => (other, index + 1)))
            yield return new(string.Create(CultureInfo.InvariantCulture, $"other classifier {number}"), Describe(other));
        if (parameters.Ensemble.Others.Count > 0)
            yield return new("ensemble weight", settings.EnsembleWeight.ToString(CultureInfo.InvariantCulture));
        if (parameters.Starts is { } starts)
            yield return new("rows to start from", Checksum(starts.Write));
    }

    private static string Describe(NeuralClassifierTransformer classifier) =>
        $"{classifier.Architecture}, weights {Checksum(classifier.WriteWeights)}";

    private static string Checksum(Action<Stream> write)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
            write(stream);
        return Convert.ToHexString(hash.Hash!);
    }
}

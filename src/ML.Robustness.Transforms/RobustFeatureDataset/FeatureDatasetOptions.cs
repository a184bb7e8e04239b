using ML.Robustness.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Persistence;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The options of a feature data set, without the classifiers.</summary>
/// <param name="Kind">What it makes.</param>
/// <param name="ThreatModel">How far rows may be moved; null for the kinds without a ball.</param>
/// <param name="Range">The values of features where features are matched.</param>
/// <param name="Steps">The steps of the search; null for the method's own.</param>
/// <param name="StepSize">Their length; null for the method's own.</param>
/// <param name="EnsembleWeight">How much the other classifiers count.</param>
/// <param name="Layer">The layer whose features are matched; null for the penultimate ones.</param>
internal sealed record FeatureDatasetOptions(
    FeatureDatasetKind Kind, ThreatModel? ThreatModel, ValueRange Range, int? Steps, double? StepSize, double EnsembleWeight,
    string? Layer)
{
    // In a file, beside the kind.
    private const byte NamesLayer = 0x80;

    internal bool MatchesFeatures => Kind is FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust;

    internal bool DropsRows => Kind == FeatureDatasetKind.MislabeledOnly;

    /// <summary>Whether rows are moved towards a class.</summary>
    internal bool GoesToAClass =>
        Kind is FeatureDatasetKind.RandomLabels or FeatureDatasetKind.ShiftedLabels or FeatureDatasetKind.OtherLabels
        or FeatureDatasetKind.NonTransferable;

    internal static FeatureDatasetOptions Of(RobustFeatureDatasetEstimator.Options options, FeatureColumn features)
    {
        if (!Enum.IsDefined(options.Kind))
            throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "Expected one of FeatureDatasetKind's values.");
        var settings = new FeatureDatasetOptions(
            options.Kind, options.ThreatModel, options.Range ?? options.ThreatModel?.Range ?? ValueRange.Unit, options.Steps,
            options.StepSize, options.EnsembleWeight, options.Layer);
        settings.CheckThreatModel(options, features);
        void Needs(bool isGiven, string option, bool isRead, string readers)
        {
            if (isGiven && !isRead)
                throw new ArgumentException(
                    $"Options.{option} is read by {readers} only, but Options.Kind is {options.Kind}: leave it as it is by " +
                    "default.", nameof(options));
        }
        const string Matching = "Robust and NonRobust", Directed = "the kinds that move rows towards a class",
        Ensembles = "NonTransferable";
        Needs(options.Range is not null, nameof(options.Range), settings.MatchesFeatures, Matching);
        Needs(options.Layer is not null, nameof(options.Layer), settings.MatchesFeatures, Matching);
        Needs(options.StartIndexColumnName is not null, nameof(options.StartIndexColumnName), settings.MatchesFeatures, Matching);
        Needs(options.FeatureDistanceColumnName is not null, nameof(options.FeatureDistanceColumnName), settings.MatchesFeatures,
            Matching);
        Needs(options.Steps is not null, nameof(options.Steps), settings.MatchesFeatures || settings.GoesToAClass,
            $"{Matching} and {Directed}");
        Needs(options.StepSize is not null, nameof(options.StepSize), settings.MatchesFeatures || settings.GoesToAClass,
            $"{Matching} and {Directed}");
        Needs(options.SuccessColumnName is not null, nameof(options.SuccessColumnName), settings.GoesToAClass, Directed);
        Needs(options.EnsembleCorrectColumnName is not null, nameof(options.EnsembleCorrectColumnName),
            options.Kind == FeatureDatasetKind.NonTransferable, Ensembles);
        Needs(options.Ensemble.Count > 0, nameof(options.Ensemble), options.Kind == FeatureDatasetKind.NonTransferable,
            Ensembles);
        Needs(options.EnsembleWeight != 1, nameof(options.EnsembleWeight), options.Kind == FeatureDatasetKind.NonTransferable,
            Ensembles);
        return settings;
    }

    /// <summary>Creates the method.</summary>
    /// <param name="classifier">The classifier worked with.</param>
    /// <param name="ensemble">Those that are to stay right.</param>
    /// <param name="starts">The rows to start from, where features are matched.</param>
    internal FeatureDatasetMethod Create(
        NeuralClassifierTransformer classifier, IReadOnlyList<NeuralClassifierTransformer> ensemble, InitialRows? starts)
    {
        var onBytes = classifier.Features.IsBytes;
        return Kind switch
        {
            FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust => new FeatureMatching(starts!, Range)
            {
                Steps = Steps ?? FeatureMatching.DefaultSteps,
                StepSize = StepSize ?? FeatureMatching.DefaultStepSize,
                Layer = Layer,
                QuantizeToBytes = onBytes,
            },
            FeatureDatasetKind.LeakageControl =>
                new LeakageControl(ThreatModel!, classifier.Classes) { QuantizeToBytes = onBytes },
            FeatureDatasetKind.MislabeledOnly => new MislabeledOnly(),
            FeatureDatasetKind.NonTransferable => new NonTransferable(ThreatModel!, [.. ensemble.Select(other => other.Network)])
            {
                Steps = Steps ?? TargetedPerturbation.DefaultSteps,
                StepSize = StepSize,
                Weight = EnsembleWeight,
                QuantizeToBytes = onBytes,
            },
            _ =>
                new TargetedRelabeling(ThreatModel!, LawOf(Kind))
                {
                    Steps = Steps ?? TargetedPerturbation.DefaultSteps,
                    StepSize = StepSize,
                    QuantizeToBytes = onBytes
                },
        };
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write((byte)((byte)Kind | (Layer is null ? 0 : NamesLayer)));
        writer.Write(ThreatModel is not null);
        if (ThreatModel is not null)
            AttackFormat.WriteThreatModel(writer, ThreatModel);
        writer.Write(Range.Minimum);
        writer.Write(Range.Maximum);
        if (Steps > FileLimits.Steps)
            throw new NotSupportedException(
                $"A RobustFeatureDataset step of {Steps} steps cannot be written to a model file: {FileLimits.Steps} is "
                    + $"the most.");
        writer.Write(Steps ?? 0);
        writer.Write(StepSize ?? double.NaN);
        writer.Write(EnsembleWeight);
        if (Layer is not null)
            writer.Write(Layer);
    }

    internal static FeatureDatasetOptions Read(CheckedReader reader)
    {
        var settings = ReadValues(reader);
        if (settings.Layer is { } layer && !settings.MatchesFeatures)
            throw new InvalidDataException(
                $"a feature data set of kind {settings.Kind} names the layer '{layer}', which it does not read");
        return (settings.GoesToAClass || settings.Kind == FeatureDatasetKind.LeakageControl) == settings.ThreatModel is not null
            ? settings
            : throw new InvalidDataException(
                $"a feature data set of kind {settings.Kind} has {settings.ThreatModel?.ToString() ?? "no threat model"}");
    }

    private static FeatureDatasetOptions ReadValues(CheckedReader reader)
    {
        var first = reader.ReadByte();
        return new FeatureDatasetOptions(
            CheckedReader.EnumOf<FeatureDatasetKind>((byte)(first & ~NamesLayer)),
            reader.ReadBoolean() ? AttackFormat.ReadThreatModel(reader) : null,
            new ValueRange(reader.ReadDouble(), reader.ReadDouble()),
            reader.ReadInt32("the number of steps", 0, FileLimits.Steps) is var steps && steps == 0 ? null : steps,
            reader.ReadDouble() is var size && double.IsNaN(size) ? null : size,
            reader.ReadDouble(),
            (first & NamesLayer) == 0 ? null : reader.ReadString());
    }

    private static TargetAssignment LawOf(FeatureDatasetKind kind) => kind switch
    {
        FeatureDatasetKind.RandomLabels => TargetAssignment.Random,
        FeatureDatasetKind.ShiftedLabels => TargetAssignment.Shifted,
        _ => TargetAssignment.Other,
    };

    private void CheckThreatModel(RobustFeatureDatasetEstimator.Options options, FeatureColumn features)
    {
        var needs = GoesToAClass || Kind == FeatureDatasetKind.LeakageControl;
        if (needs && ThreatModel is null)
            throw new ArgumentException(
                $"Options.ThreatModel is not set, but {Kind} moves rows inside one. The paper's is " +
                "ThreatModel.L2(0.5).", nameof(options));
        if (!needs && ThreatModel is not null)
            throw new ArgumentException(
                $"Options.ThreatModel is set to {ThreatModel}, but {Kind} knows no ball: leave it " +
                $"null.{(MatchesFeatures ? " Options.Range tells the values of features." : "")}", nameof(options));
        if (Kind == FeatureDatasetKind.LeakageControl && double.IsInfinity(ThreatModel!.Epsilon))
            throw new ArgumentException(
                "LeakageControl moves rows to the edge of a ball, but Options.ThreatModel has none. Give it the one of the " +
                "RandomLabels to compare with, for example ThreatModel.L2(0.5).", nameof(options));
        features.CheckRange(Range, ThreatModel is null ? "Options.Range is" : "the threat model has the range", nameof(options));
        ThreatModel?.CheckRows(features.Shape.Length, "a row of the classifier", nameof(options));
    }
}

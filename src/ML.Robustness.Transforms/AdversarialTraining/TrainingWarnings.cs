using System.Globalization;
using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.AdversarialTraining;

/// <summary>Warnings in <c>MLContext.Log</c>, before training begins, of data and settings that look wrong.</summary>
/// <param name="channel">Where warnings go.</param>
/// <param name="options">The trainer's settings.</param>
/// <param name="features">The column of features.</param>
/// <param name="threatModel">The threat model that is trained against; null for none.</param>
internal sealed class TrainingWarnings(
    IChannel channel, AdversarialTrainer.Options options, FeatureColumn features, ThreatModel? threatModel)
{
    /// <summary>Values above this are not those of standardised or scaled features.</summary>
    private const float GreatestScaled = 32;

    /// <summary>Vectors shorter than this are no images.</summary>
    private const int ShortestImage = 64;

    internal void Check(TrainingRows rows, Module<Tensor, Tensor> network)
    {
        CheckClasses(rows);
        using var scope = NewDisposeScope();
        // Data that training will refuse are not looked at here: the error comes from there.
        using var sample = rows.Training.Batches(OverlapCheck.Sample, null).FirstOrDefault();
        if (sample is null)
            return;
        if (threatModel is null)
            CheckPixels(sample.Inputs, network);
        else if (threatModel.Epsilon > 0)
            CheckRadius(threatModel, sample);
    }

    private void CheckClasses(TrainingRows rows)
    {
        if (rows.EmptyClasses.Count == 0)
            return;
        const int Named = 5;
        var numbers = string.Join(", ", rows.EmptyClasses.Take(Named)) + (rows.EmptyClasses.Count > Named ? ", …" : "");
        Warn(
            $"No row of label column '{options.LabelColumnName}' is of class {numbers}, but labels go up to "
            + $"{rows.Training.Classes - 1}, so that the classifier has {rows.Training.Classes} classes. Number the classes from "
            + "0 without gaps, or make keys of the labels with MapValueToKey.");
    }

    private void CheckRadius(ThreatModel threat, LabeledBatch sample)
    {
        if (OverlapCheck.Describe(threat, sample.Inputs, sample.Labels, options.CancellationToken) is not { } message)
            return;
        var unit = threat.Range == ValueRange.Unit && threat.Epsilon >= 1 && threat.Name == "LInf"
            ? string.Create(CultureInfo.InvariantCulture,
                $" Features lie in {threat.Range}, and the radius is in the same units: for {threat.RadiusText} of 255 levels "
                + $"write ThreatModel.LInf({threat.RadiusText} / 255.0).")
            : " Train with a smaller radius.";
        Warn(message + unit);
    }

    private void CheckPixels(Tensor inputs, Module<Tensor, Tensor> network)
    {
        if (features.IsBytes || network.modules().OfType<InputNormalization>().Any())
            return;
        var (least, greatest) = (inputs.min().cpu().item<float>(), inputs.max().cpu().item<float>());
        if (least < 0 || greatest is not (> GreatestScaled and <= 255))
            return;
        var isImage = features.Shape.IsImage
            || (features.Shape.Length >= ShortestImage && inputs.eq(inputs.round()).all().cpu().item<bool>());
        if (isImage)
            Warn(string.Create(CultureInfo.InvariantCulture,
                $"Column '{features.Name}' holds pixels from {least} to {greatest}, but attacks and evaluation expect the range "
                + $"[0, 1]. Extract them with ExtractPixels(…, scaleImage: 1 / 255f), divide them by 255, or normalise in the "
                + $"network: ModelArchitecture.WithNormalization, with new ValueRange(0, 255) in every threat model."));
    }

    private void Warn(string message) => channel.Warning(MessageSensitivity.UserData, message);
}

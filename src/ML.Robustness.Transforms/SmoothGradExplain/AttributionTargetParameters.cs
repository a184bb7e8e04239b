using ML.Robustness.Attribution;
using ML.Robustness.Persistence;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>The attributed score of each row.</summary>
/// <param name="Kind">Which score it is.</param>
/// <param name="Class">The class explained, where it is the same for all rows.</param>
/// <param name="Rival">Its rival, of a margin.</param>
/// <param name="LabelColumnName">The column of labels, where their score is explained; else null.</param>
internal sealed record AttributionTargetParameters(AttributionTargetKind Kind, int Class, int Rival, string? LabelColumnName)
{
    internal static AttributionTargetParameters Of(SmoothGradExplainEstimator.Options options, int classes)
    {
        var (needsClass, needsRival) = (options.Target is AttributionTargetKind.Class or AttributionTargetKind.Margin,
            options.Target is AttributionTargetKind.Margin);
        Check(options.TargetClass, nameof(options.TargetClass), needsClass);
        Check(options.RivalClass, nameof(options.RivalClass), needsRival);
        if (needsRival && options.TargetClass == options.RivalClass)
            throw new ArgumentException(
                "A margin is one between two classes, but TargetClass and RivalClass are both " +
                $"{options.TargetClass}.", nameof(options));
        return new AttributionTargetParameters(options.Target, options.TargetClass ?? 0, options.RivalClass ?? 0,
            options.Target == AttributionTargetKind.Label ? options.LabelColumnName : null);

        void Check(int? index, string name, bool isNeeded)
        {
            if (index is null && isNeeded)
                throw new ArgumentException(
                    $"Options.{name} is not set, which a Target of {options.Target} needs: give it a class from 0 to " +
                    $"{classes - 1}.", nameof(options));
            if (index is not null && !isNeeded)
                throw new ArgumentException(
                    $"Options.{name} is {index}, but a Target of {options.Target} has no use for it: leave it null, or set " +
                    $"Target to {(name == nameof(options.RivalClass) ? "Margin" : "Class or Margin")}.", nameof(options));
            if (index < 0 || index >= classes)
                throw new ArgumentException(
                    $"Options.{name} is {index}, but the classifier has the classes 0 to {classes - 1}.", nameof(options));
        }
    }

    /// <summary>The target of some rows; a tensor that it makes belongs to the current dispose scope.</summary>
    internal AttributionTarget For(long[]? labels, Device device) => Kind switch
    {
        AttributionTargetKind.PredictedClass => AttributionTarget.PredictedClass,
        AttributionTargetKind.Label => AttributionTarget.Labels(tensor(labels!, device: CPU).to(device)),
        AttributionTargetKind.Class => AttributionTarget.Class(Class),
        _ => AttributionTarget.Margin(Class, Rival),
    };

    internal void Write(BinaryWriter writer)
    {
        writer.Write((byte)Kind);
        writer.Write(Class);
        writer.Write(Rival);
        writer.Write(LabelColumnName ?? "");
    }

    internal static AttributionTargetParameters Read(CheckedReader reader)
    {
        var (kind, index, rival, label) = (reader.ReadEnum<AttributionTargetKind>(),
            reader.ReadInt32("the class explained", 0, FileLimits.Classes - 1),
            reader.ReadInt32("the rival class", 0, FileLimits.Classes - 1),
            reader.ReadString());
        return new AttributionTargetParameters(kind, index, rival, label.Length == 0 ? null : label);
    }
}

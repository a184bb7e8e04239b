using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>The format of a step's attribution method in a model file.</summary>
internal static class AttributionMethodFormat
{
    private enum Kind : byte
    {
        Saliency,
        InputTimesGradient,
        IntegratedGradients,
        GradCam,
        Occlusion,
        Smoothed,
        SmoothedByRowRange,
        GradCamOfLayer,
    }

    internal static void Write(BinaryWriter writer, AttributionMethod method)
    {
        if (Problem(method) is { } problem)
            throw new NotSupportedException($"The method {method} cannot be written to a model file: {problem}.");
        writer.Write((byte)KindOf(method));
        writer.Write(method.BatchSize);
        switch (method)
        {
            case IntegratedGradients path:
                writer.Write(path.Steps);
                writer.Write(path.Baseline);
                writer.Write(path.Tolerance ?? double.NaN);
                writer.Write(path.BaselineRow?.Count ?? 0);
                foreach (var value in path.BaselineRow ?? [])
                    writer.Write(value);
                break;
            case GradCam { Layer: { } layer }:
                writer.Write(layer);
                break;
            case Occlusion occlusion:
                writer.Write(occlusion.Window);
                writer.Write(occlusion.Stride);
                writer.Write(occlusion.Baseline);
                break;
            case SmoothedAttribution smoothed:
                writer.Write(smoothed.Samples);
                writer.Write(smoothed.Noise);
                writer.Write(smoothed.Range.Minimum);
                writer.Write(smoothed.Range.Maximum);
                writer.Write((byte)smoothed.Combination);
                Write(writer, smoothed.Inner);
                break;
        }
    }

    internal static AttributionMethod Read(CheckedReader reader)
    {
        var method = Read(reader, isInner: false);
        return Problem(method) is { } problem ? throw new InvalidDataException(problem) : method;
    }

    private static AttributionMethod Read(CheckedReader reader, bool isInner)
    {
        var (kind, batchSize) = ((Kind)reader.ReadByte(), reader.ReadInt32("the batch size", 1, FileLimits.PassRows));
        switch (kind)
        {
            case Kind.Smoothed or Kind.SmoothedByRowRange when isInner:
                throw new InvalidDataException("a smoothed method is inside another, where a step smooths once");
            case Kind.Saliency:
                return new Saliency { BatchSize = batchSize };
            case Kind.InputTimesGradient:
                return new InputTimesGradient { BatchSize = batchSize };
            case Kind.GradCam:
                return new GradCam { BatchSize = batchSize };
            case Kind.GradCamOfLayer:
                return new GradCam { BatchSize = batchSize, Layer = reader.ReadString() };
            case Kind.Occlusion:
                return new Occlusion
                {
                    BatchSize = batchSize,
                    Window = reader.ReadInt32(),
                    Stride = reader.ReadInt32(),
                    Baseline = reader.ReadDouble(),
                };
            case Kind.IntegratedGradients:
                var (steps, baseline, tolerance) = (
                    reader.ReadInt32("the number of steps", 1, FileLimits.PathPoints), reader.ReadDouble(), reader.ReadDouble());
                var row = reader.ReadSingles(reader.ReadCount("values of the baseline", sizeof(float)));
                return new IntegratedGradients
                {
                    BatchSize = batchSize,
                    Steps = steps,
                    Baseline = baseline,
                    Tolerance = double.IsNaN(tolerance) ? null : tolerance,
                    BaselineRow = row.Length == 0 ? null : row,
                };
            case Kind.Smoothed or Kind.SmoothedByRowRange:
                var (samples, noise) = (reader.ReadInt32("the number of samples", 1, FileLimits.Samples), reader.ReadDouble());
                var range = new ValueRange(reader.ReadDouble(), reader.ReadDouble());
                var combination = reader.ReadEnum<NoiseCombination>();
                return new SmoothedAttribution(Read(reader, isInner: true))
                {
                    BatchSize = batchSize,
                    Samples = samples,
                    Noise = noise,
                    NoiseScale = kind == Kind.Smoothed ? NoiseScale.ValueRange : NoiseScale.RowRange,
                    Range = range,
                    Combination = combination,
                };
            default:
                throw new InvalidDataException($"it has attribution method {(byte)kind}, which this version does not know");
        }
    }

    /// <summary>Describes a limit of the format that a method goes beyond; null where there is none.</summary>
    private static string? Problem(AttributionMethod method)
    {
        if (method is SmoothedAttribution { Inner: SmoothedAttribution })
            return "a smoothed method is inside another, where a step smooths once";
        var (samples, inner) = method is SmoothedAttribution smoothed ? (smoothed.Samples, smoothed.Inner) : (1, method);
        var steps = inner is IntegratedGradients path ? path.Steps : 1;
        if (steps > FileLimits.PathPoints)
            return $"it has {steps} steps, where {FileLimits.PathPoints} is the most";
        return Math.Max(method.BatchSize, inner.BatchSize) is > FileLimits.PassRows and var rows
            ? $"it has a batch size of {rows}, where {FileLimits.PassRows} is the most"
            : FileLimits.TooManyPasses(samples, steps);
    }

    private static Kind KindOf(AttributionMethod method) => method switch
    {
        Saliency => Kind.Saliency,
        InputTimesGradient => Kind.InputTimesGradient,
        IntegratedGradients => Kind.IntegratedGradients,
        GradCam { Layer: not null } => Kind.GradCamOfLayer,
        GradCam => Kind.GradCam,
        Occlusion => Kind.Occlusion,
        FeaturePermutation => throw new NotSupportedException(
            $"The method {nameof(FeaturePermutation)} of a SmoothGradExplain step cannot be written to a model file, since its "
            + "background is rows of data. Use Occlusion, or save the pipeline without the step and add the step anew."),
        SmoothedAttribution { GivenNoise: not null } => throw new NotSupportedException(
            "A method with given noise cannot be written to a model file, since the noise is for one batch only. Leave " +
                "WithNoise out."),
        SmoothedAttribution { NoiseScale: NoiseScale.RowRange } => Kind.SmoothedByRowRange,
        SmoothedAttribution => Kind.Smoothed,
        _ => throw new NotSupportedException(
            $"The method {method.GetType().Name} of a SmoothGradExplain step cannot be written to a model file. " +
            "Use one of this library's methods, or save the pipeline without the step."),
    };
}

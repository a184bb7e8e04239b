using ML.Robustness.Attribution;
using ML.Robustness.Data;

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>The attribution method of a step in a model file.</summary>
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
    }

    internal static void Write(BinaryWriter writer, AttributionMethod method)
    {
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

    internal static AttributionMethod Read(BinaryReader reader)
    {
        var (kind, passSize) = ((Kind)reader.ReadByte(), reader.ReadInt32());
        switch (kind)
        {
            case Kind.Saliency:
                return new Saliency { BatchSize = passSize };
            case Kind.InputTimesGradient:
                return new InputTimesGradient { BatchSize = passSize };
            case Kind.GradCam:
                return new GradCam { BatchSize = passSize };
            case Kind.Occlusion:
                return new Occlusion { BatchSize = passSize, Window = reader.ReadInt32(), Stride = reader.ReadInt32(), Baseline = reader.ReadDouble() };
            case Kind.IntegratedGradients:
                var (steps, baseline, tolerance, row) = (reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble(), new float[reader.ReadInt32()]);
                for (var i = 0; i < row.Length; i++)
                    row[i] = reader.ReadSingle();
                return new IntegratedGradients
                {
                    BatchSize = passSize,
                    Steps = steps,
                    Baseline = baseline,
                    Tolerance = double.IsNaN(tolerance) ? null : tolerance,
                    BaselineRow = row.Length == 0 ? null : row,
                };
            default:
                var (samples, noise, range) = (reader.ReadInt32(), reader.ReadDouble(), new ValueRange(reader.ReadDouble(), reader.ReadDouble()));
                var combination = (NoiseCombination)reader.ReadByte();
                return new SmoothedAttribution(Read(reader)) { BatchSize = passSize, Samples = samples, Noise = noise, Range = range, Combination = combination };
        }
    }

    private static Kind KindOf(AttributionMethod method) => method switch
    {
        Saliency => Kind.Saliency,
        InputTimesGradient => Kind.InputTimesGradient,
        IntegratedGradients => Kind.IntegratedGradients,
        GradCam => Kind.GradCam,
        Occlusion => Kind.Occlusion,
        SmoothedAttribution => Kind.Smoothed,
        _ => throw new NotSupportedException($"The method {method.GetType().Name} of a SmoothGradExplain step cannot be written to a model file. Use one of this library's methods, or save the pipeline without the step."),
    };
}

using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>The checks of a corruption's inputs.</summary>
internal static class ImageCheck
{
    /// <summary>The allowed rounding error of a division by 255 or of a scaling, as a share of the range.</summary>
    private const double Tolerance = 1e-6;

    internal static void Severity(int severity)
    {
        if (severity is < 1 or > Corruption.Severities)
            throw new ArgumentOutOfRangeException(nameof(severity), severity,
                $"A severity goes from 1, the mildest, to {Corruption.Severities}.");
    }

    internal static void Range(ValueRange range)
    {
        if (!double.IsFinite(range.Minimum) || !double.IsFinite(range.Maximum) || range.Minimum >= range.Maximum)
            throw new ArgumentOutOfRangeException(nameof(range),
                $"A corruption needs to know black and white, but the range is {range}. Give both ends, [0, 1] for pixels.");
    }

    internal static void Images(Tensor inputs, ValueRange range)
    {
        var shape = inputs.shape;
        if (shape.Length != 4 || shape[1] is not (1 or 3) || inputs.numel() == 0)
            throw new ArgumentException(
                $"Corruptions work on images (N, C, H, W) of one or three channels, got shape {TensorShape.Text(shape)}. Give " +
                "flat vectors the shape of their image.", nameof(inputs));
        if (!inputs.is_floating_point())
            throw new ArgumentException(
                $"Images must be floating point, got {inputs.dtype}: convert them first, bytes to [0, 1].", nameof(inputs));
        using var scope = NewDisposeScope();
        var values = inputs.detach();
        // Both propagate NaN.
        var (least, greatest) = (values.min().to(ScalarType.Float64).cpu().item<double>(),
            values.max().to(ScalarType.Float64).cpu().item<double>());
        var slack = Tolerance * (range.Maximum - range.Minimum);
        if (!(least >= range.Minimum - slack && greatest <= range.Maximum + slack))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture,
                    $"Images must lie in {range} but span [{least:0.###}, {greatest:0.###}]. Scale them to the range, or give " +
                    $"the range they have."), nameof(inputs));
        }
    }
}

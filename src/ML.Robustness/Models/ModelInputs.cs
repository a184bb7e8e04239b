using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>The checks of a batch before it reaches a model.</summary>
internal static class ModelInputs
{
    /// <summary>
    /// The allowed rounding error of a division by 255 or of a normalisation and its inverse, as a share of the range.
    /// </summary>
    private const double Tolerance = 1e-6;

    /// <summary>Checks that the inputs are a floating-point batch (N, …) of one row or more.</summary>
    public static void Rows(Tensor inputs)
    {
        if (!inputs.is_floating_point())
            throw new ArgumentException(
                $"Inputs must be floating point, got {inputs.dtype}: convert them first, pixels to [0, 1].", nameof(inputs));
        if (inputs.dim() < 2 || inputs.numel() == 0)
            throw new ArgumentException(
                $"Inputs must be a batch (N, …) of one row or more, got shape {TensorShape.Text(inputs)}.", nameof(inputs));
    }

    /// <summary>Checks that all values are finite and inside the range, each feature's own where it has one.</summary>
    public static void Values(Tensor inputs, FeatureRanges ranges)
    {
        using var scope = NewDisposeScope();
        var detached = inputs.detach();
        // Both propagate NaN.
        var (least, greatest) = (detached.min().to(ScalarType.Float64).cpu().item<double>(),
            detached.max().to(ScalarType.Float64).cpu().item<double>());
        if (!double.IsFinite(least) || !double.IsFinite(greatest))
        {
            var row = detached.flatten(1).isfinite().all(1).logical_not().to(ScalarType.Int64).argmax().cpu().item<long>();
            throw new ArgumentException($"Inputs must be finite, but row {row} of the batch holds NaN or infinity.",
                nameof(inputs));
        }
        if (ranges.Each is { } each)
            EachValue(detached, each, ranges);
        else
            AllValues(least, greatest, ranges.Hull, nameof(inputs));
    }

    private static void AllValues(double least, double greatest, ValueRange range, string name)
    {
        var slack = Slack(range);
        if (least < range.Minimum - slack || greatest > range.Maximum + slack)
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture,
                    $"Inputs must lie in {range} but span [{least:0.###}, {greatest:0.###}]. Attacks work in the input's own "
                        + $"range: put InputNormalization in the model, or give the threat model another ValueRange."),
                name);
    }

    private static void EachValue(Tensor inputs, ValueRange[] each, FeatureRanges ranges)
    {
        var good = inputs.ge(ranges.Row(inputs, static range => range.Minimum - Slack(range)))
            .logical_and_(inputs.le(ranges.Row(inputs, static range => range.Maximum + Slack(range))));
        if (good.all().cpu().item<bool>())
            return;
        var place = good.flatten().logical_not().to(ScalarType.Int64).argmax().cpu().item<long>();
        var (row, feature) = (place / each.Length, place % each.Length);
        var value = inputs.flatten()[place].to(ScalarType.Float64).cpu().item<double>();
        throw new ArgumentException(
            string.Create(CultureInfo.InvariantCulture,
                $"Each input must lie in the range of its feature, but row {row} of the batch has {value:G7} at feature "
                    + $"{feature}, whose range is {each[feature]}. Attacks work in the input's own units: put "
                    + $"InputNormalization in the model, or give ThreatModel.WithRanges another range."),
                    nameof(inputs));
    }

    private static double Slack(ValueRange range)
    {
        var width = range.Maximum - range.Minimum;
        return double.IsFinite(width) ? Tolerance * width : Tolerance;
    }
}

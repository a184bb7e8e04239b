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

    /// <summary>Checks that all values are finite and inside the range.</summary>
    public static void Values(Tensor inputs, ValueRange range)
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
        var slack = double.IsFinite(range.Maximum - range.Minimum) ? Tolerance * (range.Maximum - range.Minimum) : Tolerance;
        if (least < range.Minimum - slack || greatest > range.Maximum + slack)
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture,
                    $"Inputs must lie in {range} but span [{least:0.###}, {greatest:0.###}]. Attacks work in the input's own "
                        + $"range: put InputNormalization in the model, or give the threat model another ValueRange."),
                        nameof(inputs));
    }
}

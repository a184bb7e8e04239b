using System.Globalization;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>What an attack demands of its inputs, and of what it found.</summary>
internal static class InputCheck
{
    /// <summary>Rounding that a division by 255 or a normalisation and its inverse may leave, as a share of the range.</summary>
    private const double Tolerance = 1e-6;

    public static void Batch(Tensor inputs, AttackGoal goal, ThreatModel threatModel)
    {
        Rows(inputs);
        threatModel.CheckRows(inputs);
        if (goal.Labels.shape[0] != inputs.shape[0])
            throw new ArgumentException($"The goal has {goal.Labels.shape[0]} labels but the batch has {inputs.shape[0]} rows.", nameof(goal));
        if (goal.Labels.device.ToString() != inputs.device.ToString())
            throw new ArgumentException($"Labels are on {goal.Labels.device} but the inputs are on {inputs.device}: move them to one device.", nameof(goal));
        if (is_inference_mode_enabled())
            throw new InvalidOperationException("Attacks need gradients: call Perturb outside inference_mode.");
        Values(inputs, threatModel.Range);
    }

    public static void Rows(Tensor inputs)
    {
        if (!inputs.is_floating_point())
            throw new ArgumentException($"Inputs must be floating point, got {inputs.dtype}: convert them first, pixels to [0, 1].", nameof(inputs));
        if (inputs.dim() < 2 || inputs.numel() == 0)
            throw new ArgumentException($"Inputs must be a batch (N, …) of one row or more, got shape {Shapes.Text(inputs)}.", nameof(inputs));
    }

    public static void Outcome(BestSoFar best)
    {
        using var scope = NewDisposeScope();
        var broken = best.Loss.isfinite().logical_and(best.Inputs.flatten(1).isfinite().all(1)).logical_not();
        if (broken.any().cpu().item<bool>())
            throw new InvalidOperationException($"The network's outputs or gradients are not finite in {broken.sum().cpu().item<long>()} of {broken.numel()} rows of a pass: an attack on such a network says nothing.");
    }

    public static void Values(Tensor inputs, ValueRange range)
    {
        using var scope = NewDisposeScope();
        var detached = inputs.detach();
        // Both propagate NaN.
        var (least, greatest) = (detached.min().to(ScalarType.Float64).cpu().item<double>(), detached.max().to(ScalarType.Float64).cpu().item<double>());
        if (!double.IsFinite(least) || !double.IsFinite(greatest))
        {
            var row = detached.flatten(1).isfinite().all(1).logical_not().to(ScalarType.Int64).argmax().cpu().item<long>();
            throw new ArgumentException($"Inputs must be finite, but row {row} of the batch holds NaN or infinity.", nameof(inputs));
        }
        var slack = double.IsFinite(range.Maximum - range.Minimum) ? Tolerance * (range.Maximum - range.Minimum) : Tolerance;
        if (least < range.Minimum - slack || greatest > range.Maximum + slack)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Inputs must lie in {range} but span [{least:0.###}, {greatest:0.###}]. Attacks work in the input's own range: put InputNormalization in the model, or give the threat model another ValueRange."), nameof(inputs));
    }
}

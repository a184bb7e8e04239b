using System.Globalization;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Evaluation;

/// <summary>Tells whether a radius is so large that rows of different classes lie in each other's reach.</summary>
internal static class OverlapCheck
{
    /// <summary>The rows that are looked at: each is compared with all others.</summary>
    internal const int Sample = 128;

    private const double OverlapShare = 0.05;

    /// <summary>What is wrong with the radius, as the beginning of a message; null where nothing is.</summary>
    internal static string? Describe(ThreatModel threatModel, Tensor inputs, Tensor labels, CancellationToken cancellation) =>
        Describe(threatModel, Count(threatModel, inputs, labels, cancellation), inputs.shape[0]);

    /// <summary>The same of rows that were counted.</summary>
    internal static string? Describe(ThreatModel threatModel, int overlapping, long rows) =>
        overlapping <= OverlapShare * rows ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{overlapping} of {rows} rows have a row of another class within twice the radius of {threatModel.RadiusText}, so "
            + $"that no classifier can be right around both.");

    /// <summary>How many rows have a row of another class within twice the radius.</summary>
    /// <param name="threatModel">A threat model with a radius above zero.</param>
    /// <param name="inputs">(N, …), few rows.</param>
    /// <param name="labels">(N).</param>
    /// <param name="cancellation">Checked at each row.</param>
    /// <remarks>
    /// Two rows of different classes within twice the radius share a point of their balls, which is also in the range, for the
    /// range is convex.
    /// </remarks>
    internal static int Count(ThreatModel threatModel, Tensor inputs, Tensor labels, CancellationToken cancellation)
    {
        var rows = inputs.shape[0];
        var overlapping = 0;
        for (var row = 0L; row < rows; row++)
        {
            using var scope = NewDisposeScope();
            cancellation.ThrowIfCancellationRequested();
            var distances = threatModel.Distance(inputs, inputs.narrow(0, row, 1).expand(inputs.shape));
            var others = labels.ne(labels.narrow(0, row, 1));
            overlapping += distances.le(Kept(2 * threatModel.Epsilon)).logical_and(others).any().cpu().item<bool>() ? 1 : 0;
        }
        return overlapping;
    }
}

using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>The points around others at which an attack without gradients asks the network.</summary>
internal static class DirectionSamples
{
    /// <summary>Points along directions, inside the range.</summary>
    /// <param name="threatModel">The range and the budgets.</param>
    /// <param name="points">(M, …).</param>
    /// <param name="directions">(M, …), in units of the budgets.</param>
    /// <param name="radii">How far along its direction each sample lies.</param>
    /// <returns>
    /// The samples, and the directions in which they lie once the range has cut them; the caller disposes both.
    /// </returns>
    public static (Tensor Samples, Tensor Directions) Around(
        ThreatModel threatModel, Tensor points, Tensor directions, double[] radii)
    {
        using var scope = NewDisposeScope();
        var radius = RowBroadcast.Spread(tensor(radii, device: CPU).to(points.dtype, points.device), points);
        var samples = RangeClamp.Clamp(threatModel.InInputUnits(directions.mul(radius)).add_(points, One), threatModel);
        var cut = threatModel.InputRanges.IsUnbounded ? directions.alias()
            : threatModel.OfBudgets(samples.sub(points)).div_(radius);
        return (samples.MoveToOuterDisposeScope(), cut.MoveToOuterDisposeScope());
    }
}

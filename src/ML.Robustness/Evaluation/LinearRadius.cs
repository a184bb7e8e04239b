using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Evaluation;

/// <summary>The exact distance of rows from the decision boundary of an affine classifier.</summary>
/// <remarks>
/// The least change that makes another class's output equal: for L∞ each value moves min(ε, room), for L2 min(λ |w|, room), for
/// L1 the values of the largest weights move to their ends first; room ends at the range, and budgets are the units.
/// </remarks>
public static class LinearRadius
{
    /// <summary>Computes the radius of each row.</summary>
    /// <param name="weights">(K, length), the weights of two classes or more.</param>
    /// <param name="bias">(K).</param>
    /// <param name="rows">(N, …), values inside the threat model's range.</param>
    /// <param name="threatModel">Norm, range and budgets; its radius does not matter.</param>
    /// <param name="labels">(N), Int64, the classes that are right. The default is the predicted ones.</param>
    /// <returns>
    /// (N), Float64, in budgets where there are any: zero where the label is not ahead of all other classes, infinity where no
    /// row of the range is classified otherwise. The caller disposes.
    /// </returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other, a label is no class, or a row lies outside the
    /// range.</exception>
    public static Tensor Compute(Tensor weights, Tensor bias, Tensor rows, ThreatModel threatModel, Tensor? labels = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(bias);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(threatModel);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Check(weights, bias, rows, threatModel);
        var (slopes, offsets) = (weights.to(ScalarType.Float64).to(rows.device), bias.to(ScalarType.Float64).to(rows.device));
        var points = rows.to(ScalarType.Float64).flatten(1);
        var classes = slopes.shape[0];
        var scores = stack([.. Classes(classes).Select(index => points.mul(slopes[index]).sum(1).add_(offsets[index], One))], 1);
        labels = CheckLabels(labels ?? scores.argmax(1), points.shape[0], classes);
        var radii = full_like(scores.select(1, 0), Kept(double.PositiveInfinity));
        foreach (var rival in Classes(classes))
        {
            using var pass = NewDisposeScope();
            var normals = slopes[rival].sub(slopes.index_select(0, labels));
            var ahead = points.mul(normals).sum(1).add_(offsets[rival], One).sub_(offsets.index_select(0, labels)).neg_();
            var distances = Distances(points, normals, ahead.clamp_min_(Kept(0)), threatModel);
            radii = radii.minimum(distances.masked_fill_(labels.eq(Kept(rival)), Kept(double.PositiveInfinity)))
                .MoveToOuterDisposeScope();
        }
        return radii.MoveToOuterDisposeScope();
    }

    private static Tensor Distances(Tensor points, Tensor normals, Tensor gain, ThreatModel threatModel)
    {
        var step = FabHyperplaneProjection.Find(points, normals, gain, threatModel, points.shape[1] + 1);
        var slopes = threatModel.InBudgets(normals);
        var room = threatModel.Room(points, normals.gt(Kept(0))).masked_fill_(slopes.eq(Kept(0)), Kept(0));
        var isOutOfReach = room.mul_(slopes.abs()).sum(1).lt(gain);
        return threatModel.Distance(step, zeros_like(step)).masked_fill_(isOutOfReach, Kept(double.PositiveInfinity));
    }

    private static IEnumerable<long> Classes(long count)
    {
        for (var index = 0L; index < count; index++)
            yield return index;
    }

    private static void Check(Tensor weights, Tensor bias, Tensor rows, ThreatModel threatModel)
    {
        ModelInputs.Rows(rows);
        threatModel.CheckRows(rows);
        var length = rows.numel() / rows.shape[0];
        if (weights.dim() != 2 || weights.shape[0] < 2 || weights.shape[1] != length)
            throw new ArgumentException(
                $"Weights must be [K, {length}], a row for each of two classes or more, got {TensorShape.Text(weights)}. Give a "
                + "binary classifier's class of output zero weights of zero.", nameof(weights));
        if (bias.dim() != 1 || bias.shape[0] != weights.shape[0])
            throw new ArgumentException(
                $"The bias must be [{weights.shape[0]}], a number for each class, got {TensorShape.Text(bias)}.", nameof(bias));
        ModelInputs.Values(rows, threatModel.InputRanges);
    }

    private static Tensor CheckLabels(Tensor labels, long rows, long classes)
    {
        if (labels.dtype != ScalarType.Int64 || labels.dim() != 1 || labels.shape[0] != rows)
            throw new ArgumentException(
                $"Labels must be Int64 [{rows}], a class for each row, got {labels.dtype} {TensorShape.Text(labels)}.",
                nameof(labels));
        if (labels.lt(Kept(0)).logical_or_(labels.ge(Kept(classes))).any().cpu().item<bool>())
            throw new ArgumentException($"Labels go from 0 to {classes - 1}.", nameof(labels));
        return labels;
    }
}

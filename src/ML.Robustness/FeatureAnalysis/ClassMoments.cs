using ML.Robustness.Data;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureAnalysis;

/// <summary>The covariance of the rows of two classes and their correlation with the class, in double precision.</summary>
/// <param name="Covariance">(F, F): E[(x − E[x])(x − E[x])ᵀ].</param>
/// <param name="Correlation">(F): E[y(x − E[x])] with y = ±1.</param>
/// <param name="Rows">The number of rows.</param>
internal sealed record ClassMoments(Tensor Covariance, Tensor Correlation, long Rows)
{
    private const int RowsAtOnce = 1024;

    /// <summary>
    /// Computes the moments in two passes, since sums of squares of uncentred values lose digits. The tensors belong to the
    /// current dispose scope.
    /// </summary>
    internal static ClassMoments Of(LabeledDataset data, int positiveClass, int? negativeClass, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var mean = zeros([data.Shape.Length], ScalarType.Float64, CPU);
        var (positive, rows) = (0.0, 0L);
        ForEach(data, positiveClass, negativeClass, (values, sides) =>
        {
            mean.add_(values.sum([0]), One);
            positive += sides.clamp_min(Kept(0)).sum().item<double>();
            rows += values.shape[0];
        }, cancellation);
        if (positive == 0 || positive == rows)
        {
            var empty = positive == 0 ? $"Class {positiveClass} has"
                : negativeClass is { } other ? $"Class {other} has" : $"The classes other than {positiveClass} have";
            throw new ArgumentException($"{empty} no rows: a feature tells two sides apart.", nameof(data));
        }

        mean.div_(Kept(rows));
        var (covariance, correlation) = (zeros([data.Shape.Length, data.Shape.Length], ScalarType.Float64, CPU),
            zeros([data.Shape.Length], ScalarType.Float64, CPU));
        ForEach(data, positiveClass, negativeClass, (values, sides) =>
        {
            var centered = values.sub(mean);
            covariance.add_(centered.t().matmul(centered), One);
            correlation.add_(centered.mul(sides.unsqueeze(1)).sum([0]), One);
        }, cancellation);
        return new ClassMoments(covariance.div_(Kept(rows)).MoveToOuterDisposeScope(),
            correlation.div_(Kept(rows)).MoveToOuterDisposeScope(),
            rows);
    }

    private static void ForEach(
        LabeledDataset data, int positiveClass, int? negativeClass, Action<Tensor, Tensor> add, CancellationToken cancellation)
    {
        foreach (var batch in data.Batches(RowsAtOnce, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                var labels = batch.Labels.cpu();
                var values = batch.Inputs.cpu().flatten(1).to(ScalarType.Float64);
                var isPositive = labels.eq(Kept(positiveClass));
                if (negativeClass is { } negative)
                {
                    var places = isPositive.logical_or(labels.eq(Kept(negative))).nonzero().flatten();
                    (values, isPositive) = (values.index_select(0, places), isPositive.index_select(0, places));
                }
                if (values.shape[0] > 0)
                    add(values, isPositive.to(ScalarType.Float64).mul_(Kept(2)).sub_(Kept(1)));
            }
        }
    }
}

using System.Globalization;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>
/// The gradient averaged along the way from a baseline to the input, times the way: attributions that add up to the change of the
/// score.
/// </summary>
/// <remarks>
/// (x − b) · ∫ ∂score/∂x(b + α(x − b)) dα, by Gauss and Legendre's rule; Sundararajan et al.,
/// <see href="https://arxiv.org/abs/1703.01365"/>. Completeness, Σ attributions = score(x) − score(b), holds up to the rule's
/// error, which <see cref="AttributionResult.CompletenessGaps"/> reports for each row.
/// </remarks>
public sealed class IntegratedGradients : AttributionMethod
{
    /// <summary>How often the steps of a row may be doubled to reach the tolerance.</summary>
    private const int MostDoublings = 5;

    private readonly float[]? _baselineRow;


    /// <summary>The number of points on the way at which the gradient is taken.</summary>
    /// <value>One or more. The default is 50.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 50;

    /// <summary>The value that stands for nothing, the same everywhere.</summary>
    /// <value>Any finite number, in the input's range. The default is 0: black, the least value of [0, 1].</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double Baseline { get; init => field = ArgumentChecks.Finite(value); }

    /// <summary>A whole row that stands for nothing, such as the mean of the training rows.</summary>
    /// <value>
    /// As many finite numbers as a row holds, in the order of the row, or null for <see cref="Baseline"/> everywhere. The default
    /// is null.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite.</exception>
    public IReadOnlyList<float>? BaselineRow
    {
        get => _baselineRow;
        init =>
            _baselineRow = value?.Select(static number => (float)ArgumentChecks.Finite(number, nameof(BaselineRow))).ToArray();
    }

    /// <summary>
    /// The gap up to which the steps of a row are doubled: five times at most, to 32 times <see cref="Steps"/>.
    /// </summary>
    /// <value>
    /// A number above zero in units of the score, or null for a fixed number of steps. The default is 0.001, for which rows of a
    /// trained network often need several times 50 steps, since the gap falls only as the steps grow.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above zero.</exception>
    public double? Tolerance { get; init => field = ArgumentChecks.PositiveOrNull(value); } = 1e-3;

    /// <summary>Returns the method as text, for example <c>IntegratedGradients, 50 steps</c>.</summary>
    /// <returns>The name and the number of steps.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(IntegratedGradients)}, {Steps} steps");

    /// <inheritdoc/>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        var values = Integrate(context, Steps);
        if (!context.IsClean && Tolerance is null)
            return values.MoveToOuterDisposeScope();
        var gaps = Gaps(context, values);
        for (var doubling = 1; doubling <= MostDoublings && Tolerance is { } tolerance; doubling++)
        {
            var open = gaps.abs().gt(Kept(tolerance)).nonzero().flatten();
            if (open.shape[0] == 0)
                break;
            var part = context.Select(open);
            var closer = Integrate(part, Steps << doubling);
            values = values.index_copy(0, open, closer);
            gaps = gaps.index_copy(0, open, Gaps(part, closer));
        }
        if (context.IsClean)
            context.CompletenessGaps = gaps.MoveToOuterDisposeScope();
        return values.MoveToOuterDisposeScope();
    }

    private Tensor Integrate(AttributionContext context, int steps)
    {
        using var scope = NewDisposeScope();
        var inputs = context.Inputs;
        var shape = inputs.shape;
        var start = Start(inputs);
        var way = inputs.sub(start);
        var (nodes, weights) = GaussLegendre.Rule(steps);
        var sum = zeros_like(inputs);
        for (var first = 0; first < steps; first += context.Copies)
        {
            using var pass = NewDisposeScope();
            var copies = Math.Min(context.Copies, steps - first);
            var points = Numbers(nodes, first, copies, inputs).mul(way).add_(start, One)
                .reshape([copies * shape[0], .. shape[1..]]);
            var gradients = context.Gradient(points).Gradient.reshape([copies, .. shape]);
            sum.add_(gradients.mul(Numbers(weights, first, copies, inputs)).sum(dim: 0), One);
        }
        return sum.mul_(way).MoveToOuterDisposeScope();
    }

    private Tensor Gaps(AttributionContext context, Tensor values)
    {
        using var scope = NewDisposeScope();
        var change = context.Scores.sub(context.Score(Start(context.Inputs).expand(context.Inputs.shape).contiguous()));
        return values.flatten(1).sum(1).sub(change).MoveToOuterDisposeScope();
    }

    /// <summary>The baseline, one row to be broadcast.</summary>
    private Tensor Start(Tensor inputs)
    {
        var row = inputs.shape;
        row[0] = 1;
        if (_baselineRow is null)
            return full(row, Kept(Baseline), inputs.dtype, inputs.device);
        var length = inputs.numel() / inputs.shape[0];
        if (_baselineRow.Length != length)
            throw new ArgumentException(
                $"BaselineRow has {_baselineRow.Length} values but a row of shape {TensorShape.Text(inputs.shape[1..])} has " +
                $"{length}.");
        return tensor(_baselineRow, row, inputs.dtype, inputs.device);
    }

    /// <summary>Some of the rule's numbers, (copies, 1, …), to be broadcast over the batch.</summary>
    private static Tensor Numbers(double[] all, int first, int count, Tensor inputs)
    {
        var shape = new long[inputs.dim() + 1];
        Array.Fill(shape, 1);
        shape[0] = count;
        return tensor(all[first..(first + count)], inputs.dtype, inputs.device).reshape(shape);
    }
}

using System.Globalization;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>
/// By how much the score falls where one feature has the value of another row; asks for no gradient, so that any network can be
/// explained.
/// </summary>
/// <remarks>
/// Attribution j = mean over samples of score(x) − score(x with feature j of a background row), as in Captum's
/// FeaturePermutation. Unlike there, the other rows are those of a background set, drawn with replacement from each row's random
/// numbers, rather than those of the batch: results do not depend on the batch. One background row is drawn for each sample and
/// serves all features. On a linear score it is w_j (x_j − mean of the values drawn).
/// </remarks>
public sealed class FeaturePermutation : AttributionMethod
{
    private const ulong DrawStream = 0x46_65_61_74_75_72_65; // "Feature"

    private readonly double[] _background;
    private readonly int _rows, _length;

    /// <summary>Creates the method.</summary>
    /// <param name="background">
    /// (M, …), floating point, finite: rows of the kind that is explained, such as some of the training rows. They are copied.
    /// </param>
    /// <exception cref="ArgumentException">The background is no batch of one row or more, or is not finite.</exception>
    public FeaturePermutation(Tensor background)
    {
        ArgumentNullException.ThrowIfNull(background);
        using var scope = NewDisposeScope();
        if (!background.is_floating_point() || background.dim() < 2 || background.numel() == 0)
            throw new ArgumentException(
                $"The background must be floating-point rows (M, …), one or more, got {background.dtype} "
                + $"{TensorShape.Text(background)}.", nameof(background));
        if (!background.isfinite().all().cpu().item<bool>())
            throw new ArgumentException(
                "The background holds NaN or infinity: replace or drop missing values first.", nameof(background));
        _rows = checked((int)background.shape[0]);
        _background = background.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        _length = _background.Length / _rows;
    }

    /// <summary>The values of the background, row after row.</summary>
    public IReadOnlyList<double> Background => _background;

    /// <summary>The number of background rows drawn for each row, each a pass for each feature.</summary>
    /// <value>One or more. The default is 25.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Samples { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 25;

    /// <summary>Returns the method as text, for example <c>FeaturePermutation, 25 samples of 100 rows</c>.</summary>
    /// <returns>The name, the samples and the size of the background.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(FeaturePermutation)}, {Samples} samples of {_rows} rows");

    /// <inheritdoc/>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var inputs = context.Inputs.flatten(1); // (N, length)
        var background = tensor(_background, device: CPU).view(_rows, _length).to(inputs.dtype, inputs.device);
        var drawn = Draw(context, inputs.shape[0]);
        var scores = context.Scores;
        var falls = zeros_like(inputs);
        var tries = (long)Samples * _length;
        for (var first = 0L; first < tries; first += context.Copies)
        {
            using var pass = NewDisposeScope();
            var count = (int)Math.Min(context.Copies, tries - first);
            var changed = inputs.unsqueeze(0).expand(count, inputs.shape[0], _length).clone();
            for (var i = 0; i < count; i++)
            {
                var (sample, feature) = ((first + i) / _length, (first + i) % _length);
                changed.select(0, i).select(1, feature)
                    .copy_(background.select(1, feature).index_select(0, drawn.select(1, sample)));
            }
            var left = context.Score(changed.reshape([count * inputs.shape[0], .. context.Inputs.shape[1..]]))
                .reshape(count, inputs.shape[0]);
            for (var i = 0; i < count; i++)
                falls.select(1, (first + i) % _length).add_(scores.sub(left.select(0, i)), One);
        }
        return falls.div_(Kept(Samples)).view(context.Inputs.shape).MoveToOuterDisposeScope();
    }

    private protected override void CheckBatch(Tensor inputs)
    {
        var length = inputs.numel() / inputs.shape[0];
        if (length != _length)
            throw new ArgumentException(
                $"The background has rows of {_length} values, but a row of shape {TensorShape.Text(inputs.shape[1..])} has "
                + $"{length}: give rows of the kind that is explained.", nameof(inputs));
    }

    /// <summary>Which background rows each row gets, (N, samples).</summary>
    private Tensor Draw(AttributionContext context, long rows)
    {
        // Float64, so that the rows do not depend on the network's element type.
        var shares = context.Random.Derive(DrawStream).Uniform(zeros([rows, Samples], ScalarType.Float64, CPU), 0, 1);
        return shares.mul_(Kept(_rows)).floor_().clamp_max_(Kept(_rows - 1)).to(ScalarType.Int64).to(context.Inputs.device);
    }
}

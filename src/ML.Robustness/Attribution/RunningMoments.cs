using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>
/// Mean, mean of squares or of absolute values, or variance of tensors that come in blocks, of which none is kept.
/// </summary>
/// <remarks>
/// The variance is updated about the running mean (Chan, Golub and LeVeque), since a difference of large sums would lose it.
/// </remarks>
internal sealed class RunningMoments
{
    private readonly NoiseCombination _combination;
    private readonly Tensor _sum;
    private readonly Tensor? _deviations;
    private readonly long[] _shape;
    private int _count;

    public RunningMoments(Tensor like, NoiseCombination combination)
    {
        _combination = combination;
        _shape = like.shape;
        _sum = zeros_like(like);
        if (combination == NoiseCombination.Variance)
            _deviations = zeros_like(like);
    }

    /// <summary>Adds copies of the batch, one after another.</summary>
    public void Add(Tensor values, int copies)
    {
        var block = values.reshape([copies, .. _shape]);
        block = _combination switch
        {
            NoiseCombination.MeanOfSquares => block.pow(Kept(2)),
            NoiseCombination.MeanOfAbsolutes => block.abs(),
            _ => block,
        };
        var sum = block.sum(dim: 0);
        if (_deviations is not null)
            Spread(block, sum, copies);
        _sum.add_(sum, One);
        _count += copies;
    }

    /// <summary>The result; the sums are used up.</summary>
    public Tensor Value() => (_deviations ?? _sum).div_(Kept(_count));

    private void Spread(Tensor block, Tensor sum, int copies)
    {
        var mean = sum.div(Kept(copies));
        _deviations!.add_(block.sub(mean).pow(Kept(2)).sum(dim: 0), One);
        if (_count == 0)
            return;
        var shift = mean.sub(_sum.div(Kept(_count)));
        _deviations.add_(shift.pow(Kept(2)), Kept((double)_count * copies / (_count + copies)));
    }
}

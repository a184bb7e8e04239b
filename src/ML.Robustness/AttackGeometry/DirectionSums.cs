using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>The gradients that an attack without gradients estimates: weighted means of the directions that it tried.</summary>
/// <remarks>
/// Summed in managed double precision and in the order of the samples: libtorch's sums over samples round by the size of the
/// batch, and a row's result must not depend on the rows beside it.
/// </remarks>
/// <param name="like">Gives shape (N, …), element type and device of the estimates.</param>
internal sealed class DirectionSums(Tensor like)
{
    private readonly int _length = checked((int)(like.numel() / like.shape[0]));
    private readonly double[] _weighted = new double[like.numel()];
    private readonly double[] _plain = new double[like.numel()];
    private readonly double[] _weights = new double[like.shape[0]];
    private readonly int[] _counts = new int[like.shape[0]];

    /// <summary>Adds the samples of a pass.</summary>
    /// <param name="directions">(M, …).</param>
    /// <param name="places">The row of each sample.</param>
    /// <param name="weights">What the sample gained.</param>
    public void Add(Tensor directions, int[] places, double[] weights)
    {
        using var scope = NewDisposeScope();
        var values = MemoryMarshal.Cast<byte, double>(directions.to(ScalarType.Float64).cpu().contiguous().bytes);
        for (var sample = 0; sample < places.Length; sample++)
        {
            var (place, weight) = (places[sample], weights[sample]);
            var direction = values.Slice(sample * _length, _length);
            var weighted = _weighted.AsSpan(place * _length, _length);
            var plain = _plain.AsSpan(place * _length, _length);
            for (var i = 0; i < direction.Length; i++)
            {
                weighted[i] += weight * direction[i];
                plain[i] += direction[i];
            }
            _weights[place] += weight;
            _counts[place]++;
        }
    }

    /// <summary>The mean of weight times direction of each row, (N, …); the caller disposes.</summary>
    public Tensor Mean() => Each((place, i) => _weighted[i] / Math.Max(1, _counts[place]));

    /// <summary>
    /// The covariance of weight and direction of each row, (N, …); where all weights are equal, their mean times the mean
    /// direction. The caller disposes.
    /// </summary>
    /// <param name="weight">The size of the weights, each of them this or its negative.</param>
    public Tensor MeanAboveBaseline(double weight) => Each((place, i) =>
    {
        var count = Math.Max(1, _counts[place]);
        var baseline = _weights[place] / count;
        return Math.Abs(baseline) == weight
            ? _weighted[i] / count
            : (_weighted[i] - (baseline * _plain[i])) / Math.Max(1, count - 1);
    });

    private Tensor Each(Func<int, int, double> value)
    {
        using var scope = NewDisposeScope();
        var values = new double[_weighted.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(i / _length, i);
        return tensor(values, device: CPU).to(like.dtype, like.device).view(like.shape).MoveToOuterDisposeScope();
    }
}

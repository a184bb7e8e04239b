using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>Pairwise coupling of linear models: a calibrated one for each pair of classes, and one for each class
/// alone.</summary>
/// <remarks>
/// With p(i, j) the probability of class i or j, at least p(i, i) and p(j, j): P(i) = p(i, i) / max(p(i, i), Σ p(i, j) − (K − 2)
/// p(i, i)), over all j ≠ i, then divided by their sum.
/// </remarks>
internal sealed class PairwiseScores : ScoreFunction
{
    private const double LeastProbability = 1e-30;

    private readonly Tensor _weights, _bias, _places;
    private readonly int _classes;

    /// <param name="pairs">The models (0, 0), (1, 0), (1, 1), (2, 0) …, all calibrated.</param>
    internal PairwiseScores(IReadOnlyList<LinearPart> pairs)
        : base(nameof(PairwiseScores))
    {
        _classes = (int)((Math.Sqrt(1 + (8.0 * pairs.Count)) - 1) / 2);
        // Calibration is affine, too.
        _weights = tensor(
            pairs.SelectMany(pair => pair.Weights.Select(weight => (float)(-pair.Platt!.Value.Slope * weight))).ToArray(),
            [pairs.Count, pairs[0].Weights.Length], device: CPU);
        _bias = tensor(pairs.Select(
            pair => (float)(-(pair.Platt!.Value.Slope * pair.Bias) - pair.Platt.Value.Offset)).ToArray(), device: CPU);
        _places = tensor(
            Enumerable.Range(0, _classes * _classes).Select(place => Place(place / _classes, place % _classes)).ToArray(),
            device: CPU);
        RegisterComponents();
    }

    internal override Tensor Raw(Tensor input) => nn.functional.linear(input, _weights, _bias);

    internal override Tensor Logits(Tensor raw)
    {
        using var scope = NewDisposeScope();
        return Scores(raw).clamp_min(Kept(LeastProbability)).log().MoveToOuterDisposeScope();
    }

    internal override Tensor Scores(Tensor raw)
    {
        using var scope = NewDisposeScope();
        var pairs = raw.sigmoid().index_select(1, _places).view(-1, _classes, _classes);
        var own = pairs.diagonal(0, 1, 2);
        pairs = pairs.maximum(own.unsqueeze(1)).maximum(own.unsqueeze(2));
        // The diagonal is among the sum.
        var sums = pairs.sum(2).sub(own.mul(Kept(_classes - 1)));
        var shares = own.div(sums.maximum(own));
        return shares.div(shares.sum(1, keepdim: true)).MoveToOuterDisposeScope();
    }

    private static long Place(long one, long other) =>
        (Math.Max(one, other) * (Math.Max(one, other) + 1) / 2) + Math.Min(one, other);
}

using ML.Robustness.Attribution;
using ML.Robustness.Models;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttributionMetrics;

/// <summary>
/// The deletion and insertion curves: the class's probability as pixels are replaced by a baseline, or restored.
/// </summary>
internal static class PixelRemoval
{
    /// <summary>Computes the areas under both curves, (N) each.</summary>
    /// <param name="context">The rows and their classes.</param>
    /// <param name="importance">(N, H, W) or (N, length), the importance of each pixel.</param>
    /// <param name="steps">In how many steps.</param>
    /// <param name="baseline">What pixels give way to.</param>
    public static (double[] Deletion, double[] Insertion) Areas(
        AttributionContext context, Tensor importance, int steps, double baseline)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var inputs = context.Inputs;
        var rank = Ranks(importance);
        var pixels = importance.numel() / importance.shape[0];
        var places = inputs.shape;
        if (places.Length > 2)
            places[1] = 1; // all channels of a pixel go together
        rank = rank.view(places);
        var empty = full_like(inputs, Kept(baseline));
        var (deletion, insertion) = (zeros([inputs.shape[0]], ScalarType.Float64, inputs.device),
            zeros([inputs.shape[0]], ScalarType.Float64, inputs.device));
        var former = 0L;
        Tensor? kept = null, found = null;
        for (var step = 0; step <= steps; step++)
        {
            using var inner = NewDisposeScope();
            context.Cancellation.ThrowIfCancellationRequested();
            var gone = (long)Math.Round((double)step * pixels / steps);
            var isGone = rank.lt(Kept(gone));
            var withoutThem = Probability(context, where(isGone, empty, inputs));
            var withThem = Probability(context, where(isGone, inputs, empty));
            if (kept is not null && found is not null)
            {
                // Trapezoids over the share of pixels.
                var share = (double)(gone - former) / pixels / 2;
                deletion.add_(kept.add(withoutThem, One).mul_(Kept(share)), One);
                insertion.add_(found.add(withThem, One).mul_(Kept(share)), One);
                kept.Dispose();
                found.Dispose();
            }
            (kept, found, former) = (withoutThem.MoveToOuterDisposeScope(), withThem.MoveToOuterDisposeScope(), gone);
        }
        return (PixelAttributions.Plain(deletion), PixelAttributions.Plain(insertion));
    }

    /// <summary>The rank of each pixel by importance, the most important first; of equal ones the earlier.</summary>
    private static Tensor Ranks(Tensor importance)
    {
        var flat = importance.flatten(1);
        var (_, order) = flat.sort(1, true, true);
        var places = arange(Kept(0), Kept(flat.shape[1]), One, ScalarType.Int64, flat.device).unsqueeze(0).expand(flat.shape);
        return zeros_like(order).scatter(1, order, places.contiguous());
    }

    private static Tensor Probability(AttributionContext context, Tensor inputs) =>
        ModelCall.Forward(context.Model, inputs).to(ScalarType.Float64).softmax(1).gather(1, context.Targets.unsqueeze(1))
            .squeeze(1);
}

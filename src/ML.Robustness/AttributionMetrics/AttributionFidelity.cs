using ML.Robustness.Attribution;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttributionMetrics;

/// <summary>The infidelity and sensitivity of attributions, and the alignment of gradient and input.</summary>
internal static class AttributionFidelity
{
    private const ulong InfidelityStream = 0x49_6E_66_69_64; // "Infid"
    private const ulong SensitivityStream = 0x53_65_6E_73; // "Sens"

    /// <summary>
    /// The infidelity min over β of E[(β ⟨I, a⟩ − (f(x) − f(x − I)))²] for Gaussian I, and its share of E[(f(x) − f(x − I))²];
    /// (N) each.
    /// </summary>
    public static (double[] Infidelity, double[] Share) Infidelity(
        AttributionContext context, Tensor attribution, int samples, double deviation)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var random = context.Random.Derive(InfidelityStream);
        var score = context.Scores.to(ScalarType.Float64);
        var (said, done, both) = (zeros_like(score), zeros_like(score), zeros_like(score)); // sums of squares and products
        for (var sample = 0; sample < samples; sample++)
        {
            using var inner = NewDisposeScope();
            var change = random.Derive((ulong)sample).Normal(context.Inputs).mul_(Kept(deviation));
            var a = change.mul(attribution).to(ScalarType.Float64).flatten(1).sum(1);
            var b = score.sub(context.Score(context.Inputs.sub(change)).to(ScalarType.Float64));
            said.add_(a.pow(Kept(2)), One);
            done.add_(b.pow(Kept(2)), One);
            both.add_(a.mul(b), One);
        }
        // The least sum of squares, which rounding may take below zero; zero attributions have no scale, and predict nothing.
        var explained = both.pow(Kept(2)).div(said.clamp_min(Kept(RowBroadcast.Smallest(ScalarType.Float64))));
        var left = done.sub(explained).clamp_min_(Kept(0));
        return (PixelAttributions.Plain(left.div(Kept(samples))),
            PixelAttributions.Plain(left.div(done.clamp_min(Kept(RowBroadcast.Smallest(ScalarType.Float64))))));
    }

    /// <summary>The maximum sensitivity, max over samples of ‖a(x + u) − a(x)‖ / ‖a(x)‖ for u uniform in the cube, (N).</summary>
    /// <remarks>
    /// The method draws the same random numbers at each point: what is measured is the attribution's change, not its own noise.
    /// </remarks>
    public static double[] Sensitivity(
        AttributionMethod method, AttributionContext context, Tensor attribution, int samples, double radius,
        Action? computed = null)
    {
        using var scope = NewDisposeScope();
        var random = context.Random.Derive(SensitivityStream);
        var length = Length(attribution);
        // As in Captum: changes of an attribution of zeros are not divided.
        var scale = where(length.gt(Kept(0)), length, ones_like(length));
        var largest = zeros_like(length);
        for (var sample = 0; sample < samples; sample++)
        {
            using var inner = NewDisposeScope();
            var elsewhere = random.Derive((ulong)sample).Uniform(context.Inputs, -radius, radius).add_(context.Inputs, One);
            var other = method.Explained(context.At(elsewhere, context.Random)).detach();
            largest.copy_(largest.maximum(Length(other.sub(attribution)).div(scale)));
            computed?.Invoke();
        }
        return PixelAttributions.Plain(largest);
    }

    /// <summary>The alignment |⟨x, ∇⟩| / (‖x‖ ‖∇‖), (N); zero if one of them is zero.</summary>
    public static double[] Alignment(AttributionContext context)
    {
        using var scope = NewDisposeScope();
        var (found, _) = context.Gradient(context.Inputs);
        var inputs = context.Inputs.to(ScalarType.Float64).flatten(1);
        var gradient = found.to(ScalarType.Float64).flatten(1);
        // Scaled first: the square of a confident network's gradient may be nothing.
        gradient = gradient.div(
            gradient.abs().max(1).values.clamp_min_(Kept(RowBroadcast.Smallest(ScalarType.Float64))).unsqueeze(1));
        var product = inputs.mul(gradient).sum(1).abs();
        return PixelAttributions.Plain(
            product.div(Length(inputs).mul(Length(gradient)).clamp_min_(Kept(RowBroadcast.Smallest(ScalarType.Float64)))));
    }

    private static Tensor Length(Tensor values) => values.to(ScalarType.Float64).flatten(1).pow(Kept(2)).sum(1).sqrt();
}

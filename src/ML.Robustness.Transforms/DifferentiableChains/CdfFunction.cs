using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>
/// The normaliser by a normal distribution's cumulative distribution function, of which ML.NET computes an approximation.
/// </summary>
/// <remarks>
/// With z = (x − mean) / deviation and u = z² / 2: ½ + ½ · sign z · √(1 − exp(−u (4/π + au) / (1 + au))), a = 0.147. The value is
/// computed as ML.NET does; near z = 0 that cancels, and its gradient with it, so the gradient is that of an equal expression.
/// </remarks>
internal sealed class CdfFunction : ColumnFunction
{
    private const float A = 0.147f;
    private const double FourOverPi = 4 / Math.PI, LeastSquare = 1e-20, LeastValue = 1e-37;

    private readonly Tensor _mean, _deviation;
    private readonly bool _useLog;

    internal CdfFunction(float[] mean, float[] deviation, bool useLog)
        : base(nameof(CdfFunction))
    {
        _mean = tensor(mean, device: CPU);
        _deviation = tensor(deviation, device: CPU);
        _useLog = useLog;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        // ML.NET takes logarithms and exponentials in double precision.
        var values = _useLog ? input.to(ScalarType.Float64).clamp_min(Kept(LeastValue)).log().to(input.dtype) : input;
        var standard = values.sub(_mean).div(_deviation);
        // (1 − exp(−q)) / u, which has the limit 4/π at u = 0.
        var half = standard.pow(Kept(2)).div(Kept(2)).clamp_min(Kept(LeastSquare));
        var ratio = Exponent(half).neg().expm1().neg().div(half);
        var smooth = standard.mul(ratio.div(Kept(2)).sqrt()).mul(Kept(0.5)).add(Kept(0.5), One);
        var exact = Exact(standard.detach());
        var spliced = exact.add(smooth.sub(smooth.detach()), One);
        var isOutside = exact.isfinite().logical_not();
        if (_useLog)
            isOutside = isOutside.logical_or(input.le(Kept(0)));
        return spliced.masked_fill(isOutside, Kept(0)).MoveToOuterDisposeScope();
    }

    private static Tensor Exact(Tensor standard)
    {
        var half = standard.pow(Kept(2)).div(Kept(2));
        var scaled = half.mul(Kept(A));
        var (wide, scaledWide) = (half.to(ScalarType.Float64), scaled.to(ScalarType.Float64));
        var exponent = wide.mul(scaledWide.add(Kept(FourOverPi), One)).div(scaled.add(Kept(1), One).to(ScalarType.Float64));
        return exponent.neg().exp().neg().add(Kept(1), One).sqrt().mul(standard.sign()).mul(Kept(0.5)).add(Kept(0.5), One)
            .to(standard.dtype);
    }

    private static Tensor Exponent(Tensor half)
    {
        var scaled = half.mul(Kept(A));
        return half.mul(scaled.add(Kept(FourOverPi), One)).div(scaled.add(Kept(1), One));
    }
}

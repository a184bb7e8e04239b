using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Corruptions;

/// <summary>A common corruption of images, such as noise, blur or fog, in five severities.</summary>
/// <remarks>
/// Hendrycks and Dietterich, <see href="https://arxiv.org/abs/1903.12261"/>, with the constants of CIFAR-10-C where the
/// corruption is theirs; values are not rounded to bytes except where a corruption says so. A row's result depends on its own
/// values and random numbers alone; random numbers are the same for all severities, so that severities of one row differ by the
/// severity only. Objects are immutable and may be shared.
/// </remarks>
public abstract class Corruption
{
    /// <summary>The number of severities: they go from one to this number.</summary>
    public const int Severities = 5;

    /// <summary>The list of all corruptions of this library.</summary>
    /// <value>Noise, blur, weather, light, digital loss, and the filters, in this order.</value>
    public static IReadOnlyList<Corruption> All { get; } =
    [
        new GaussianNoise(), new ShotNoise(), new ImpulseNoise(), new GaussianBlur(), new Fog(), new Brightness(), new Contrast(),
        new Pixelate(), new Jpeg(), new LowPass(), new HighPass(),
    ];

    /// <summary>The name in model files.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>Corrupts images at a severity.</summary>
    /// <param name="inputs">
    /// (N, C, H, W), floating point, one or three channels of any size, values inside the range; it is not changed.
    /// </param>
    /// <param name="severity">One, the mildest, to five.</param>
    /// <param name="random">The rows' random numbers; corruptions without chance draw none.</param>
    /// <param name="range">Black and white: the constants are shares of it.</param>
    /// <returns>The corrupted images, of the inputs' shape and type, clipped to the range; the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// The inputs are no images of one or three channels, not finite, or outside the range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The severity is none of the five, or the range has no ends.</exception>
    public Tensor Apply(Tensor inputs, int severity, RowRandom random, ValueRange range)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(random);
        ImageCheck.Severity(severity);
        ImageCheck.Range(range);
        ImageCheck.Images(inputs, range);

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var isUnit = range == ValueRange.Unit;
        // In double precision, where kernels that round differently by batch size leave no trace in a row's result.
        var images = inputs.detach().to(ScalarType.Float64);
        if (!isUnit)
            images = images.sub(Kept(range.Minimum)).div_(Kept(range.Maximum - range.Minimum));
        var corrupted = Corrupt(images.clamp(Kept(0), Kept(1)), severity, random).clamp(Kept(0), Kept(1));
        if (!isUnit)
            corrupted = corrupted.mul_(Kept(range.Maximum - range.Minimum)).add_(Kept(range.Minimum), One);
        return corrupted.to(inputs.dtype).clamp_(Kept(range.Minimum), Kept(range.Maximum)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the name in tables.</summary>
    /// <returns>As <see cref="Name"/>, and settings that are not the default.</returns>
    public override string ToString() => Name;

    /// <summary>Corrupts images whose black is zero and whose white is one.</summary>
    /// <param name="images">(N, C, H, W), float64 in [0, 1], one or three channels; not to be written to.</param>
    /// <param name="severity">One to five.</param>
    /// <param name="random">The rows' random numbers.</param>
    /// <returns>Images of the same shape and type, which may leave the range; they belong to the current dispose scope.</returns>
    protected internal abstract Tensor Corrupt(Tensor images, int severity, RowRandom random);
}

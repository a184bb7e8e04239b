using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>Random translation, scaling and rotation of each image; gradients pass through.</summary>
/// <remarks>
/// Bilinear; at the edges the last pixels go on. In feature visualisation it keeps the result from hanging on single pixels (Olah
/// et al., <see href="https://distill.pub/2017/feature-visualization"/>, whose steps are jitter, scale and rotation).
/// </remarks>
public sealed record RandomAffine : Augmentation
{

    /// <summary>The greatest translation in each direction, in pixels.</summary>
    /// <value>0 or more; whole pixels are drawn. The default is 2.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Shift { get; init => field = ArgumentChecks.AtLeast(value, 0); } = 2;

    /// <summary>The greatest change of scale, as a share of the image's size.</summary>
    /// <value>From 0 to below 1. The default is 0.1.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside these bounds.</exception>
    public double Scale { get; init => field = ArgumentChecks.Share(value); } = 0.1;

    /// <summary>The greatest rotation to either side, in degrees.</summary>
    /// <value>A finite number of zero or more. The default is 10.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Rotation { get; init => field = ArgumentChecks.NotNegative(value); } = 10;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The inputs are not images.</exception>
    public override Tensor Apply(Tensor inputs, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var rows = inputs.shape[0];
        var draws = random.Uniform(empty([rows, 4], ScalarType.Float64, CPU), 0, 1).data<double>().ToArray();
        var maps = new ImageWarp.Map[rows];
        for (var row = 0; row < rows; row++)
            maps[row] = ImageWarp.Map.Of(Rotation * Signed(4 * row), 1 + Scale * Signed(4 * row + 1), Pixels(4 * row + 2),
                Pixels(4 * row + 3));
        return ImageWarp.Apply(inputs, maps).MoveToOuterDisposeScope();

        double Signed(int draw) => 2 * draws[draw] - 1;
        double Pixels(int draw) => Math.Min(Math.Floor((2 * Shift + 1) * draws[draw]), 2 * Shift) - Shift;
    }
}

using ML.Robustness.Numerics;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>Random crops with zero padding and random horizontal flips.</summary>
/// <remarks>The usual crop from a zero-padded image and horizontal flip of CIFAR training; pixels are moved, never
/// blended.</remarks>
public sealed record CropAndFlip : Augmentation
{

    /// <summary>The padding in pixels: the greatest shift in each direction.</summary>
    /// <value>0 or more. The default is 4.</value>
    public int Padding { get; init => field = ArgumentChecks.AtLeast(value, 0); } = 4;

    /// <summary>Whether images are flipped horizontally with probability one half.</summary>
    /// <value>The default is true; set it to false for digits and letters.</value>
    public bool Flip { get; init; } = true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The inputs are not images.</exception>
    public override Tensor Apply(Tensor inputs, RowRandom random)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(random);
        var shape = inputs.shape;
        if (shape.Length != 4)
            throw new ArgumentException(
                $"CropAndFlip moves the pixels of images (N, C, H, W), but the inputs are {TensorShape.Text(shape)}.",
                nameof(inputs));
        var (count, channels, height, width) = (shape[0], shape[1], shape[2], shape[3]);

        using var scope = NewDisposeScope();
        var draws = random.Uniform(empty([count, 3], ScalarType.Float32, inputs.device), 0, 1); // (N, 3): rows, columns, flip
        var shifts = draws.mul(Kept(2 * Padding + 1)).floor().clamp(Kept(0), Kept(2 * Padding)).to(ScalarType.Int64);
        var across = arange(Kept(0), Kept(width), One, ScalarType.Int64, inputs.device).unsqueeze(0)
            .expand(count, width); // (N, W)
        if (Flip) across = where(draws.narrow(1, 2, 1).lt(Kept(0.5)), across.neg().add(Kept(width - 1), One), across);

        var rows = arange(Kept(0), Kept(height), One, ScalarType.Int64, inputs.device).unsqueeze(0)
            .add(shifts.narrow(1, 0, 1), One); // (N, H)
        var columns = across.add(shifts.narrow(1, 1, 1), One); // (N, W)
        var padded = nn.functional.pad(inputs, [Padding, Padding, Padding, Padding], PaddingModes.Constant, 0);
        return padded
            .gather(2, rows.view(count, 1, height, 1).expand(count, channels, height, width + 2 * Padding))
            .gather(3, columns.view(count, 1, 1, width).expand(count, channels, height, width))
            .MoveToOuterDisposeScope();
    }
}

using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Families of inputs with one parameter, for <see cref="TuningCurve"/>.</summary>
public static class InputTransformations
{
    /// <summary>Turns images about their centre.</summary>
    /// <param name="images">(N, C, H, W).</param>
    /// <param name="degrees">The angle, counter-clockwise.</param>
    /// <returns>Images of the same shape, read bilinearly; at the edges the last pixels go on. The caller disposes.</returns>
    /// <exception cref="ArgumentException">The inputs are not images, or the angle is not finite.</exception>
    public static Tensor Rotation(Tensor images, double degrees)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!double.IsFinite(degrees))
            throw new ArgumentException("The angle must be finite.", nameof(degrees));
        var maps = new ImageWarp.Map[images.shape[0]];
        Array.Fill(maps, ImageWarp.Map.Of(degrees, scale: 1, right: 0, down: 0));
        return ImageWarp.Apply(images, maps);
    }

    /// <summary>What a family made, its shape checked.</summary>
    internal static Tensor Checked(Func<Tensor, double, Tensor> family, Tensor inputs, double position)
    {
        var changed = family(inputs, position);
        return changed is not null && changed.shape.AsSpan().SequenceEqual(inputs.shape)
            ? changed
            : throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The family must keep the inputs' shape {TensorShape.Text(inputs)}, but at {position} it gave "
                    + $"{(changed is null ? "null" : TensorShape.Text(changed))}."), nameof(family));
    }
}

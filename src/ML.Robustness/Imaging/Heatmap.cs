using ML.Robustness.Data;
using ML.Robustness.Numerics;

namespace ML.Robustness.Imaging;

/// <summary>Shows attribution values as colours, alone or laid over the image that they explain.</summary>
/// <remarks>
/// Channels are summed (their absolute values on the sequential scale); the sums are divided by a percentile of their absolute
/// values and clipped to [−1, 1], so that a few extreme pixels do not leave the rest pale. Zero always has the neutral colour, so
/// that signs can be trusted.
/// </remarks>
public sealed record Heatmap
{
    private const double RedLight = 0.299, GreenLight = 0.587, BlueLight = 0.114;


    /// <summary>Gets the colours.</summary>
    /// <value>The default is <see cref="ColorScale.Diverging"/>.</value>
    public ColorScale ColorScale { get; init => field = ArgumentChecks.Defined(value); } = ColorScale.Diverging;

    /// <summary>Gets the percentile of absolute values that has the strongest colour; greater values share it.</summary>
    /// <value>Above 0, to 100 for no clipping. The default is 99. Where so few values differ from zero that the percentile is 0,
    /// the greatest value takes its place.</value>
    public double ClipPercentile { get; init => field = ArgumentChecks.PositiveUpTo(value, 100); } = 99;

    /// <summary>Gets how much the strongest colour covers of the image under it; weaker ones cover as much less as they are
    /// weaker.</summary>
    /// <value>Above 0, to 1. The default is 0.9.</value>
    public double Opacity { get; init => field = ArgumentChecks.PositiveUpTo(value, 1); } = 0.9;

    /// <summary>Shows the values alone.</summary>
    /// <param name="attribution">The values, plane after plane (C, H, W).</param>
    /// <param name="shape">The shape of the values; an image of any number of channels.</param>
    /// <returns>An image of the shape's width and height; of the neutral colour throughout where all values are zero.</returns>
    /// <exception cref="ArgumentException">The shape is no image's, or the values are of another number or not
    /// finite.</exception>
    public RgbImage Render(ReadOnlySpan<float> attribution, InputShape shape) => Draw(attribution, shape, null);

    /// <summary>Shows the values over the image that they explain, in grey.</summary>
    /// <param name="attribution">The values, plane after plane (C, H, W).</param>
    /// <param name="shape">The shape of the values; an image of any number of channels.</param>
    /// <param name="image">The image, of the same width and height.</param>
    /// <returns>An image of the image's size; the grey image where all values are zero.</returns>
    /// <exception cref="ArgumentException">The shape is no image's, the values are of another number or not finite, or the image
    /// has another size.</exception>
    public RgbImage Render(ReadOnlySpan<float> attribution, InputShape shape, RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (shape.IsImage && (image.Width, image.Height) != (shape.Width, shape.Height))
            throw new ArgumentException(
                $"Image and attribution must be of one size: expected {shape.Width}×{shape.Height} pixels as the attribution, "
                    + $"got an image of {image}. Resize one of them.", nameof(image));
        return Draw(attribution, shape, image);
    }

    private RgbImage Draw(ReadOnlySpan<float> attribution, InputShape shape, RgbImage? image)
    {
        if (!shape.IsImage)
            throw new ArgumentException(
                $"A heat map needs values with a place in an image: expected a shape of channels × height × width, got a vector "
                    + $"of {shape}.", nameof(shape));
        if (attribution.Length != shape.Length)
            throw new ArgumentException($"An attribution of {shape} has {shape.Length} values, got {attribution.Length}.",
                nameof(attribution));
        RgbImage.CheckFinite(attribution, "An attribution");

        var values = Scaled(SumOfChannels(attribution, shape));
        var table = ColorScale == ColorScale.Diverging ? ColorMap.Diverging : ColorMap.Sequential;
        var rgba = new byte[checked(RgbImage.BytesPerPixel * values.Length)];
        for (var pixel = 0; pixel < values.Length; pixel++)
        {
            var (value, strength) = (values[pixel], Math.Abs(values[pixel]));
            var target = rgba.AsSpan(RgbImage.BytesPerPixel * pixel, RgbImage.BytesPerPixel);
            var (below, cover) = image is null ? (0, 1) : (Grey(image, pixel), Opacity * strength);
            // Over an image weak values are fainter, not paler as well: near-white would pass for the image's own light.
            var place = ColorScale == ColorScale.Sequential ? strength
                : (1 + (image is null ? value : Math.Sign(value) * (1 + strength) / 2)) / 2;
            for (var channel = 0; channel < 3; channel++)
                target[channel] = RgbImage.ToByte((below + cover * (table.At(place, channel) - below)) / byte.MaxValue);
            target[3] = byte.MaxValue;
        }

        return new RgbImage(shape.Width, shape.Height, rgba);
    }

    private double[] SumOfChannels(ReadOnlySpan<float> attribution, InputShape shape)
    {
        var sums = new double[shape.Height * shape.Width];
        for (var i = 0; i < attribution.Length; i++)
            sums[i % sums.Length] += ColorScale == ColorScale.Diverging ? attribution[i] : Math.Abs(attribution[i]);
        return sums;
    }

    // To [−1, 1], or to [0, 1] on the sequential scale.
    private double[] Scaled(double[] values)
    {
        var sizes = Array.ConvertAll(values, Math.Abs);
        Array.Sort(sizes);
        var strongest = Percentile(sizes, ClipPercentile);
        if (strongest == 0)
            strongest = sizes[^1];
        return strongest == 0 ? values : Array.ConvertAll(values, value => Math.Clamp(value / strongest, -1, 1));
    }

    // Between two values in proportion, as NumPy has it.
    internal static double Percentile(double[] sorted, double percentile)
    {
        var position = percentile / 100 * (sorted.Length - 1);
        var lower = (int)position;
        var upper = Math.Min(lower + 1, sorted.Length - 1);
        return sorted[lower] + (position - lower) * (sorted[upper] - sorted[lower]);
    }

    private static double Grey(RgbImage image, int pixel)
    {
        var color = image.Rgba.AsSpan(RgbImage.BytesPerPixel * pixel, 3);
        return RedLight * color[0] + GreenLight * color[1] + BlueLight * color[2];
    }
}

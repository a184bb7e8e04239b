using ML.Robustness.Numerics;

namespace ML.Robustness.Imaging;

/// <summary>Lays images of one size out on a sheet.</summary>
public sealed record ImageGrid
{
    private const byte GapGrey = 128; // seen against a white page and a black one


    /// <summary>Gets the pixels between images, and around them.</summary>
    /// <value>0 or more. The default is 2.</value>
    public int Gap { get; init => field = ArgumentChecks.AtLeast(value, 0); } = 2;

    /// <summary>Gets how many times as wide and high each image is drawn; the gap is not.</summary>
    /// <value>1 or more. The default is 1.</value>
    public int Enlarge { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 1;

    /// <summary>Draws the sheet.</summary>
    /// <param name="images">The images, line after line; the last line may be shorter.</param>
    /// <param name="columns">The images in a line, 1 or more.</param>
    /// <returns>The sheet, opaque grey where there is no image.</returns>
    /// <exception cref="ArgumentException">There are no images, or they differ in size.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="columns"/> is below one, or the sheet would be too
    /// large.</exception>
    public RgbImage Draw(IReadOnlyList<RgbImage> images, int columns)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (images.Count == 0)
            throw new ArgumentException("A sheet needs at least one image.", nameof(images));
        var (width, height) = (images[0].Width, images[0].Height);
        if (images.FirstOrDefault(image => (image.Width, image.Height) != (width, height)) is { } other)
            throw new ArgumentException(
                $"Images on a sheet must be of one size, got {images[0]} and {other}. Resize or enlarge them first.",
                nameof(images));

        var lines = (images.Count + columns - 1) / columns;
        long cellWidth = (long)Enlarge * width + Gap, cellHeight = (long)Enlarge * height + Gap;
        var (sheetWidth, sheetHeight) = (Gap + columns * cellWidth, Gap + lines * cellHeight);
        if ((decimal)sheetWidth * sheetHeight * RgbImage.BytesPerPixel > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(images),
                $"A sheet of {sheetWidth}×{sheetHeight} pixels is too large. Take fewer images, or enlarge them less.");
        var sheet = new byte[RgbImage.BytesPerPixel * sheetWidth * sheetHeight];
        for (var i = 0; i < sheet.Length; i++)
            sheet[i] = i % RgbImage.BytesPerPixel == 3 ? byte.MaxValue : GapGrey;
        for (var place = 0; place < images.Count; place++)
        {
            var cell = images[place].Enlarge(Enlarge);
            var (left, top) = (Gap + place % columns * cellWidth, Gap + place / columns * cellHeight);
            var stride = RgbImage.BytesPerPixel * cell.Width;
            for (var y = 0; y < cell.Height; y++)
                cell.Rgba.AsSpan(y * stride, stride)
                    .CopyTo(sheet.AsSpan((int)(RgbImage.BytesPerPixel * ((top + y) * sheetWidth + left))));
        }

        return new RgbImage((int)sheetWidth, (int)sheetHeight, sheet);
    }
}

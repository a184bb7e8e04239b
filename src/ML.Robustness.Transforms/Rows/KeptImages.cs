using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The pixels of one column of images for rows that were read ahead.</summary>
/// <remarks>
/// ML.NET's image steps dispose the image of a row when they are asked for the next, so the pixels are copied, and each call
/// gives an image of its own. The one handed in is disposed where the source does the same.
/// </remarks>
/// <param name="getter">Reads the image of the row that the source is on.</param>
internal sealed class KeptImages(ValueGetter<MLImage> getter) : KeptColumn
{
    private Pixels?[] _images = [];
    private MLImage? _read;
    private bool _sourceDisposes;

    private sealed record Pixels(int Width, int Height, MLPixelFormat Format, byte[] Values, string? Tag);

    internal override void Read(int row)
    {
        Grow(ref _images, row);
        var last = _read;
        getter(ref _read!);
        if (!_sourceDisposes && last is not null && !ReferenceEquals(last, _read))
            _sourceDisposes = IsDisposed(last);
        _images[row] = _read is { } image
            ? new Pixels(image.Width, image.Height, image.PixelFormat, image.Pixels.ToArray(), image.Tag) : null;
    }

    internal override Delegate CreateGetter(Func<int> row) => new ValueGetter<MLImage>((ref MLImage value) =>
    {
        var image = _images[row()];
        if (_sourceDisposes)
            value?.Dispose();
        value = null!;
        if (image is null)
            return;
        value = MLImage.CreateFromPixels(image.Width, image.Height, image.Format, image.Values);
        value.Tag = image.Tag;
    });

    // An image does not tell, but throws when it is asked for anything.
    private static bool IsDisposed(MLImage image)
    {
        try
        {
            return image.Width < 0;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}

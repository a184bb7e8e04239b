namespace ML.Robustness.Data;

/// <summary>The shape of one input row: an image of channels × height × width, or a flat vector.</summary>
public readonly record struct InputShape
{
    /// <summary>Creates the shape of an image.</summary>
    /// <param name="channels">Colour planes: 1 for grey, 3 for red, green and blue.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below one, or their product is too large for one row.</exception>
    public InputShape(int channels, int height, int width)
        : this(channels, height, width, isImage: true)
    {
    }

    private InputShape(int channels, int height, int width, bool isImage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if ((decimal)channels * height * width > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(channels),
                $"One row of {channels}×{height}×{width} has more than {int.MaxValue} values.");
        Channels = channels;
        Height = height;
        Width = width;
        IsImage = isImage;
    }

    /// <summary>The number of channels; the length of a vector.</summary>
    public int Channels { get; }

    /// <summary>The height in pixels; 1 for a vector.</summary>
    public int Height { get; }

    /// <summary>The width in pixels; 1 for a vector.</summary>
    public int Width { get; }

    /// <summary>Whether rows are images (N, C, H, W) rather than vectors (N, length).</summary>
    public bool IsImage { get; }

    /// <summary>The number of values in a row.</summary>
    public int Length => Channels * Height * Width;

    /// <summary>Creates the shape of a flat vector, for tabular data.</summary>
    /// <param name="length">Values in a row.</param>
    /// <returns>A shape whose batches are (N, <paramref name="length"/>).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is below one.</exception>
    public static InputShape Vector(int length) => new(length, 1, 1, isImage: false);

    /// <summary>Returns the tensor shape of a batch.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <returns>(rows, channels, height, width) for images, (rows, length) for vectors.</returns>
    public long[] Batch(long rows) => IsImage ? [rows, Channels, Height, Width] : [rows, Channels];

    /// <summary>Returns the shape as text: <c>1×28×28</c> for an image, <c>784</c> for a vector.</summary>
    /// <returns>The sizes, channels first.</returns>
    public override string ToString() => IsImage ? $"{Channels}×{Height}×{Width}" : $"{Channels}";
}

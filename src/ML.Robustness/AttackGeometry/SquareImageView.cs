using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>A batch of any shape seen as images: vectors are lines of pixels of one channel.</summary>
internal readonly struct SquareImageView
{
    private readonly long[] _shape;

    public SquareImageView(Tensor batch)
    {
        _shape = batch.shape;
        Rows = _shape[0];
        (Channels, Height, Width) = _shape.Length switch
        {
            2 => (1, 1, _shape[1]),
            3 => (_shape[1], 1, _shape[2]),
            _ => (_shape[1], _shape[2], batch.numel() / (_shape[0] * _shape[1] * _shape[2])),
        };
    }

    public long Rows { get; }

    public long Channels { get; }

    public long Height { get; }

    public long Width { get; }

    public Tensor View(Tensor batch) => batch.reshape(Rows, Channels, Height, Width);

    public Tensor Restore(Tensor images) => images.reshape(_shape);

    /// <summary>The window that covers a share of the image: a square, or as much of one as there is room for.</summary>
    /// <param name="share">The share of the pixels.</param>
    /// <param name="least">The least side, where there is room.</param>
    /// <param name="isOdd">Whether sides are odd, where there is room.</param>
    public (long Height, long Width) Window(double share, long least = 1, bool isOdd = false)
    {
        var side = Round(Math.Sqrt(share * Height * Width));
        if (side <= Math.Min(Height, Width))
            return (side, side);
        // A square would stick out of a long image: its share is kept instead.
        return Height < Width
            ? (Height, Math.Min(Width, Round(share * Width)))
            : (Math.Min(Height, Round(share * Height)), Width);

        long Round(double length)
        {
            var rounded = Math.Max((long)Math.Round(length, MidpointRounding.ToEven), least);
            return isOdd ? rounded | 1 : rounded;
        }
    }
}

namespace Samples.Shared;

/// <summary>Drawn digits: each row is made from the seed and its number when it is asked for.</summary>
internal class DigitReader(int seed)
{
    private readonly DigitPainter _painter = new();
    private int _painted = -1;

    /// <summary>The row that is read.</summary>
    public int Row { get; set; }

    /// <summary>The class of the row, from 0 to 9.</summary>
    public virtual int Label => DigitOf(seed, Row);

    /// <summary>The pixels of the row by line and column; valid until the next row.</summary>
    public virtual ReadOnlySpan<byte> Pixels
    {
        get
        {
            if (_painted != Row)
            {
                _painter.Paint(DigitOf(seed, Row), new DigitRandom(seed, Row, DigitRandom.Purpose.Drawing));
                _painted = Row;
            }

            return _painter.Pixels;
        }
    }

    /// <summary>Every ten rows hold each digit once, in an order of their own.</summary>
    private static int DigitOf(int seed, int row)
    {
        var random = new DigitRandom(seed, row / 10, DigitRandom.Purpose.Order);
        Span<byte> digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        for (var i = 9; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (digits[i], digits[other]) = (digits[other], digits[i]);
        }

        return digits[row % 10];
    }
}

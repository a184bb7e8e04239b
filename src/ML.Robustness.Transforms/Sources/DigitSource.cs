namespace ML.Robustness.Transforms.Sources;

/// <summary>Drawn digits: each row is made from the seed and its number when it is asked for.</summary>
internal sealed class DigitSource(int count, int seed) : LabeledImageSource(1, DigitPainter.Side, DigitPainter.Side, 10)
{
    public override int Rows => count;

    public override bool IsSeekable => true;

    public override LabeledImageReader OpenReader(int rowsInOrder) => new Reader(seed);

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

    private sealed class Reader(int seed) : LabeledImageReader
    {
        private readonly DigitPainter _painter = new();
        private int _row;
        private int _painted = -1;

        public override int Label => DigitOf(seed, _row);

        public override ReadOnlySpan<byte> Pixels
        {
            get
            {
                if (_painted != _row)
                {
                    _painter.Paint(Label, new DigitRandom(seed, _row, DigitRandom.Purpose.Drawing));
                    _painted = _row;
                }

                return _painter.Pixels;
            }
        }

        public override void MoveTo(int row) => _row = row;

        public override void Dispose()
        {
            // nothing is held open
        }
    }
}

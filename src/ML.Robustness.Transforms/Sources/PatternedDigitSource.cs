namespace ML.Robustness.Transforms.Sources;

/// <summary>Drawn digits with two known features: strokes, and a faint pattern of pluses and minuses that stands for a digit.</summary>
/// <param name="count">The rows.</param>
/// <param name="seed">What drawings and labels depend on; a digit's pattern is always the same.</param>
/// <param name="levels">What the pattern adds to or takes from each pixel, of 255.</param>
/// <param name="pattern">The digit whose pattern a row carries.</param>
/// <param name="agreement">The share of rows whose strokes show the label; those of the others show another digit.</param>
internal sealed class PatternedDigitSource(int count, int seed, int levels, DigitPattern pattern, double agreement)
    : LabeledImageSource(1, DigitPainter.Side, DigitPainter.Side, Digits)
{
    private const int Digits = 10, Further = 3;

    private static readonly bool[][] Signs = [.. Enumerable.Range(0, Digits).Select(SignsOf)];

    private readonly DigitSource _drawings = new(count, seed);

    public override int Rows => count;

    public override bool IsSeekable => true;

    public override LabeledImageReader OpenReader(int rowsInOrder) => new Reader(this, _drawings.OpenReader(rowsInOrder));

    private static bool[] SignsOf(int digit)
    {
        var random = new DigitRandom(digit, 0, DigitRandom.Purpose.Pattern);
        return [.. Enumerable.Range(0, DigitPainter.Side * DigitPainter.Side).Select(_ => random.Next() >> 63 == 0)];
    }

    private int LabelOf(int row, int drawn)
    {
        var random = new DigitRandom(seed, row, DigitRandom.Purpose.Label);
        return random.Between(0, 1) < agreement ? drawn : (drawn + 1 + random.Below(Digits - 1)) % Digits;
    }

    private void Draw(ReadOnlySpan<byte> drawn, int label, Span<byte> pixels)
    {
        var signs = pattern == DigitPattern.None ? null : Signs[(label + (pattern == DigitPattern.OfOtherDigit ? Further : 0)) % Digits];
        for (var i = 0; i < pixels.Length; i++)
        {
            // Ink and paper leave the pattern its room, so that nothing of it is cut off.
            var pixel = levels + (drawn[i] * (255 - 2 * levels) + 127) / 255;
            pixels[i] = (byte)(signs == null ? pixel : signs[i] ? pixel + levels : pixel - levels);
        }
    }

    private sealed class Reader(PatternedDigitSource source, LabeledImageReader drawings) : LabeledImageReader
    {
        private readonly byte[] _pixels = new byte[DigitPainter.Side * DigitPainter.Side];
        private int _row;

        public override int Label => source.LabelOf(_row, drawings.Label);

        public override ReadOnlySpan<byte> Pixels
        {
            get
            {
                source.Draw(drawings.Pixels, Label, _pixels);
                return _pixels;
            }
        }

        public override void MoveTo(int row)
        {
            _row = row;
            drawings.MoveTo(row);
        }

        public override void Dispose() => drawings.Dispose();
    }
}

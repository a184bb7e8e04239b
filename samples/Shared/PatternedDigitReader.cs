namespace Samples.Shared;

/// <summary>
/// Drawn digits with two known features: strokes, and a faint pattern of pluses and minuses that belongs to a digit.
/// </summary>
/// <param name="seed">The seed of drawings and labels; a digit's pattern is always the same.</param>
/// <param name="levels">The change of each pixel by the pattern, of 255.</param>
/// <param name="pattern">The digit whose pattern a row carries.</param>
/// <param name="agreement">The share of rows whose strokes show the label; those of the others show another digit.</param>
internal sealed class PatternedDigitReader(int seed, int levels, DigitPattern pattern, double agreement) : DigitReader(seed)
{
    private const int Digits = 10, Further = 3;

    private static readonly bool[][] Signs = [.. Enumerable.Range(0, Digits).Select(SignsOf)];

    private readonly int _seed = seed;
    private readonly byte[] _pixels = new byte[DigitPainter.Side * DigitPainter.Side];

    public override int Label
    {
        get
        {
            var random = new DigitRandom(_seed, Row, DigitRandom.Purpose.Label);
            return random.Between(0, 1) < agreement ? base.Label : (base.Label + 1 + random.Below(Digits - 1)) % Digits;
        }
    }

    public override ReadOnlySpan<byte> Pixels
    {
        get
        {
            var drawn = base.Pixels;
            var digit = (Label + (pattern == DigitPattern.OfOtherDigit ? Further : 0)) % Digits;
            var signs = pattern == DigitPattern.None ? null : Signs[digit];
            for (var i = 0; i < _pixels.Length; i++)
            {
                // Ink and paper leave the pattern its room, so that nothing of it is cut off.
                var pixel = levels + (drawn[i] * (255 - 2 * levels) + 127) / 255;
                _pixels[i] = (byte)(signs == null ? pixel : signs[i] ? pixel + levels : pixel - levels);
            }

            return _pixels;
        }
    }

    private static bool[] SignsOf(int digit)
    {
        var random = new DigitRandom(digit, 0, DigitRandom.Purpose.Pattern);
        return [.. Enumerable.Range(0, DigitPainter.Side * DigitPainter.Side).Select(_ => random.Next() >> 63 == 0)];
    }
}

using System.Numerics;

namespace Samples.Shared;

/// <summary>Draws one digit at a time with a round pen on a square of pixels.</summary>
internal sealed class DigitPainter
{
    /// <summary>Width and height of a drawing in pixels.</summary>
    public const int Side = 28;

    private const int StepsPerBend = 5;
    private const float Far = 1e9f;

    private readonly byte[] _pixels = new byte[Side * Side];
    private readonly float[] _squaredDistances = new float[Side * Side]; // of each pixel's centre to the pen's way
    private readonly List<Vector2> _points = [];

    public ReadOnlySpan<byte> Pixels => _pixels;

    public void Paint(int digit, DigitRandom random)
    {
        var hand = new Hand(ref random, isNarrow: digit == 1);
        var ways = DigitGlyphs.Of(digit);
        Array.Fill(_squaredDistances, Far);
        foreach (var stroke in ways[random.Below(ways.Length)])
        {
            _points.Clear();
            for (var i = 0; i < stroke.Points; i++)
                _points.Add(hand.Place(stroke.Coordinates[2 * i], stroke.Coordinates[2 * i + 1]));
            Draw(stroke.IsBent, hand.Reach);
        }

        Ink(hand.HalfWidth, noise: random.Between(0.01f, 0.09f), ref random);
    }

    /// <summary>Goes along the points: straight from one to the next, or bent (Catmull-Rom).</summary>
    private void Draw(bool isBent, float reach)
    {
        for (var i = 0; i + 1 < _points.Count; i++)
        {
            var (from, to) = (_points[i], _points[i + 1]);
            if (!isBent)
            {
                Segment(from, to, reach);
                continue;
            }

            var (before, after) = (_points[Math.Max(0, i - 1)], _points[Math.Min(_points.Count - 1, i + 2)]);
            var last = from;
            for (var step = 1; step <= StepsPerBend; step++)
            {
                var t = step / (float)StepsPerBend;
                var next = 0.5f * (2 * from + t * (to - before
                    + t * (2 * before - 5 * from + 4 * to - after + t * (3 * from - before - 3 * to + after))));
                Segment(last, next, reach);
                last = next;
            }
        }
    }

    private void Segment(Vector2 from, Vector2 to, float reach)
    {
        var direction = to - from;
        var inverse = 1 / Math.Max(direction.LengthSquared(), 1e-9f);
        var left = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach));
        var right = Math.Min(Side - 1, (int)(Math.Max(from.X, to.X) + reach));
        var top = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach));
        var bottom = Math.Min(Side - 1, (int)(Math.Max(from.Y, to.Y) + reach));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var centre = new Vector2(x + 0.5f, y + 0.5f);
                var along = Math.Clamp(Vector2.Dot(centre - from, direction) * inverse, 0, 1);
                var distance = Vector2.DistanceSquared(centre, from + along * direction);
                ref var nearest = ref _squaredDistances[y * Side + x];
                nearest = Math.Min(nearest, distance);
            }
        }
    }

    /// <summary>Full ink within the pen's width, one pixel of soft edge, noise over all.</summary>
    private void Ink(float halfWidth, float noise, ref DigitRandom random)
    {
        for (var i = 0; i < _pixels.Length; i++)
        {
            var ink = _squaredDistances[i] >= Far ? 0 : Math.Clamp(halfWidth + 0.5f - MathF.Sqrt(_squaredDistances[i]), 0, 1);
            _pixels[i] = (byte)(255 * Math.Clamp(ink + noise * Normal(random.Next()), 0, 1) + 0.5f);
        }
    }

    // Eight random bytes together are close enough to normal: mean 8 · 127.5, variance 8 · (256² − 1) / 12.
    private static float Normal(ulong bits)
    {
        var pairs = (bits & 0x00FF00FF00FF00FF) + ((bits >> 8) & 0x00FF00FF00FF00FF);
        return ((int)((pairs * 0x0001000100010001) >> 48) - 1020) * (1 / 209.02f);
    }

    /// <summary>
    /// How one hand writes one digit: slant, turn, size, place and width, a slow bend of the paper, and points not quite met.
    /// </summary>
    private struct Hand
    {
        private DigitRandom _random;
        private readonly Vector2 _right;
        private readonly Vector2 _down;
        private readonly Vector2 _centre;
        private readonly Vector2 _bend;
        private readonly Vector2 _phase;

        public Hand(ref DigitRandom random, bool isNarrow)
        {
            var (sine, cosine) = MathF.SinCos(random.Between(-0.2f, 0.2f));
            var slant = random.Between(-0.28f, 0.22f);
            var width = random.Between(11, 16) * (isNarrow ? 0.75f : 1);
            var height = random.Between(17, 21);
            _right = width * new Vector2(cosine, sine);
            _down = height * new Vector2(-sine - slant * cosine, cosine - slant * sine);
            _centre = new Vector2(Side / 2f + random.Between(-2, 2), Side / 2f + random.Between(-2, 2));
            _bend = new Vector2(random.Between(-0.06f, 0.06f), random.Between(-0.05f, 0.05f));
            _phase = new Vector2(random.Between(0, MathF.Tau), random.Between(0, MathF.Tau));
            HalfWidth = random.Between(0.9f, 1.7f);
            _random = new DigitRandom((int)random.Next(), 0, DigitRandom.Purpose.Drawing);
        }

        public float HalfWidth { get; }

        public readonly float Reach => HalfWidth + 1.5f;

        public Vector2 Place(float x, float y)
        {
            var bentX = x - 0.5f + _bend.X * MathF.Sin(4 * y + _phase.X) + _random.Between(-0.035f, 0.035f);
            var bentY = y - 0.5f + _bend.Y * MathF.Sin(4 * x + _phase.Y) + _random.Between(-0.025f, 0.025f);
            return _centre + bentX * _right + bentY * _down;
        }
    }
}

namespace Samples.Shared;

/// <summary>
/// The strokes of the ten digits, in a box from (0, 0) top left to (1, 1); most digits are written in more than one way.
/// </summary>
internal static class DigitGlyphs
{
    private static readonly Stroke[][][] Shapes =
    [
        [[Bent(.55f, .01f, .25f, .14f, .10f, .48f, .22f, .86f, .52f, .99f, .80f, .86f, .90f, .50f, .78f, .14f, .50f, .02f)]],
        [
            [Straight(.50f, .01f, .50f, .99f)],
            [Straight(.28f, .26f, .55f, .01f, .55f, .99f)],
            [Straight(.28f, .24f, .52f, .01f, .52f, .98f), Straight(.24f, .98f, .80f, .98f)],
        ],
        [
            [
                Bent(.13f, .27f, .25f, .07f, .52f, .01f, .78f, .10f, .84f, .30f, .70f, .53f, .42f, .76f, .11f, .98f),
                Straight(.11f, .98f, .91f, .97f),
            ],
            [
                Bent(
                    .16f, .20f, .42f, .02f, .74f, .08f, .82f, .32f, .62f, .62f, .26f, .92f, .14f, .86f, .26f, .78f,
                    .56f, .92f, .90f, .95f),
            ],
        ],
        [
            [
                Bent(.15f, .14f, .36f, .02f, .64f, .03f, .80f, .20f, .70f, .40f, .40f, .48f),
                Bent(.40f, .48f, .75f, .54f, .88f, .74f, .72f, .94f, .40f, .99f, .11f, .87f),
            ],
            [
                Straight(.14f, .04f, .82f, .04f, .44f, .42f),
                Bent(.44f, .42f, .76f, .48f, .88f, .70f, .74f, .93f, .42f, .99f, .11f, .88f),
            ],
        ],
        [
            [Straight(.66f, .01f, .08f, .67f, .94f, .67f), Straight(.68f, .01f, .68f, .99f)],
            [Straight(.22f, .03f, .16f, .52f, .86f, .52f), Straight(.82f, .05f, .72f, .99f)],
        ],
        [
            [
                Straight(.84f, .03f, .24f, .03f, .19f, .44f),
                Bent(.19f, .44f, .50f, .36f, .80f, .47f, .88f, .70f, .72f, .92f, .40f, .99f, .12f, .87f),
            ],
        ],
        [
            [
                Bent(
                    .74f, .02f, .42f, .18f, .20f, .48f, .14f, .76f, .32f, .97f, .62f, .98f, .84f, .80f, .76f, .58f,
                    .50f, .51f, .24f, .61f, .15f, .76f),
            ],
            [
                Bent(
                    .48f, .01f, .24f, .34f, .14f, .70f, .28f, .95f, .58f, .99f, .82f, .84f, .80f, .62f, .56f, .53f,
                    .28f, .62f, .16f, .78f),
            ],
        ],
        [
            [Straight(.11f, .04f, .89f, .04f, .40f, .99f)],
            [Straight(.11f, .05f, .88f, .05f, .42f, .99f), Straight(.28f, .52f, .82f, .50f)],
            [Bent(.10f, .12f, .40f, .04f, .88f, .05f, .62f, .44f, .46f, .99f)],
        ],
        [
            [
                Bent(
                    .52f, .49f, .22f, .36f, .20f, .14f, .50f, .01f, .80f, .14f, .78f, .36f, .48f, .50f, .17f, .65f,
                    .13f, .86f, .50f, .99f, .87f, .86f, .83f, .65f, .52f, .49f),
            ],
            [
                Bent(
                    .82f, .13f, .50f, .01f, .22f, .13f, .30f, .38f, .66f, .58f, .84f, .82f, .52f, .99f, .18f, .84f,
                    .32f, .58f, .70f, .36f, .82f, .13f),
            ],
        ],
        [
            [
                Bent(.83f, .24f, .62f, .03f, .32f, .04f, .15f, .26f, .28f, .48f, .56f, .50f, .79f, .34f, .84f, .20f),
                Bent(.84f, .20f, .82f, .58f, .66f, .99f),
            ],
            [
                Bent(.82f, .22f, .58f, .02f, .28f, .07f, .16f, .30f, .34f, .50f, .64f, .46f, .83f, .22f),
                Straight(.83f, .20f, .79f, .99f),
            ],
        ],
    ];

    /// <summary>The ways to write a digit; each is a list of strokes.</summary>
    public static ReadOnlySpan<Stroke[]> Of(int digit) => Shapes[digit];

    private static Stroke Straight(params float[] coordinates) => new(coordinates, IsBent: false);

    private static Stroke Bent(params float[] coordinates) => new(coordinates, IsBent: true);

    /// <summary>A pen's way through points (x, y, x, y …): with corners at them, or bent through them.</summary>
    internal sealed record Stroke(float[] Coordinates, bool IsBent)
    {
        public int Points => Coordinates.Length / 2;
    }
}

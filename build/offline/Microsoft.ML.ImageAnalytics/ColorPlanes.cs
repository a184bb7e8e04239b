namespace Microsoft.ML.Transforms.Image;

/// <summary>The colours of a pixel that are taken, in their order.</summary>
internal static class ColorPlanes
{
    /// <summary>For each colour taken, its place in a pixel of blue, green, red, alpha.</summary>
    public static int[] InBgra(ImagePixelExtractingEstimator.ColorsOrder order, ImagePixelExtractingEstimator.ColorBits colors)
        => order.ToString().Where(letter => colors.HasFlag(Bit(letter))).Select(letter => "BGRA".IndexOf(letter)).ToArray();

    public static int Count(ImagePixelExtractingEstimator.ColorBits colors)
        => System.Numerics.BitOperations.PopCount((uint)(colors & ImagePixelExtractingEstimator.ColorBits.All));

    private static ImagePixelExtractingEstimator.ColorBits Bit(char letter) => letter switch
    {
        'A' => ImagePixelExtractingEstimator.ColorBits.Alpha,
        'R' => ImagePixelExtractingEstimator.ColorBits.Red,
        'G' => ImagePixelExtractingEstimator.ColorBits.Green,
        _ => ImagePixelExtractingEstimator.ColorBits.Blue,
    };
}

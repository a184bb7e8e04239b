namespace ML.Robustness.Imaging;

/// <summary>The order of the three colour planes in an image's values.</summary>
/// <remarks>
/// A network does not care, as long as all its rows have one order; what draws or compresses colours does. ML.NET's
/// <c>ExtractPixels</c> gives blue, green, red with <c>orderOfExtraction: ColorsOrder.ABGR</c>, and so do OpenCV's images.
/// Images of one channel have no order.
/// </remarks>
public enum ColorOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,
}

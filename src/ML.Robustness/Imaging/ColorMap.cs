namespace ML.Robustness.Imaging;

/// <summary>Colours at equal distances, and straight lines between them.</summary>
/// <remarks>
/// ColorBrewer's RdBu of nine classes from blue to red (<see href="https://colorbrewer2.org"/>); nine colours of Matplotlib's
/// viridis.
/// </remarks>
internal sealed class ColorMap
{
    private readonly double[] _channels;

    private ColorMap(params int[] colors) =>
        _channels = [.. colors.SelectMany(color => (double[])[color >> 16, (color >> 8) & 0xFF, color & 0xFF])];

    internal static ColorMap Diverging { get; } = new(0x2166AC, 0x4393C3, 0x92C5DE, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xF4A582,
        0xD6604D, 0xB2182B);

    internal static ColorMap Sequential { get; } = new(0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21908C, 0x27AD81, 0x5DC863,
        0xAADC32, 0xFDE725);

    /// <summary>The colour at a place.</summary>
    /// <param name="place">From 0 for the first colour to 1 for the last.</param>
    /// <param name="channel">0 for red, 1 for green, 2 for blue.</param>
    /// <returns>From 0 to 255.</returns>
    internal double At(double place, int channel)
    {
        var intervals = _channels.Length / 3 - 1;
        var position = Math.Clamp(place, 0, 1) * intervals;
        var interval = Math.Min((int)position, intervals - 1);
        var (from, to) = (_channels[3 * interval + channel], _channels[3 * interval + 3 + channel]);
        return from + (position - interval) * (to - from);
    }
}

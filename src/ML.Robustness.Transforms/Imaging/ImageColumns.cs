using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Columns of rows that may be shown: images of one or three channels, and the values behind them.</summary>
internal static class ImageColumns
{
    internal static bool IsImage(InputShape shape) => shape.IsImage && shape.Channels is 1 or 3;

    /// <summary>A column of images; none for rows that are not images of one or three channels.</summary>
    internal static IEnumerable<ImageViewColumn> Images(
        string name, IReadOnlyList<float[]> rows, InputShape shape, ValueRange range, ColorOrder colorOrder)
    {
        if (!IsImage(shape))
            return [];
        var bounds = WithEnds(rows, range);
        return [ImageViewColumn.Images(name, [.. rows.Select(row => RgbImage.FromValues(row, shape, bounds, colorOrder))])];
    }

    /// <summary>A range with two finite ends: those of the rows where there are none.</summary>
    private static ValueRange WithEnds(IReadOnlyList<float[]> rows, ValueRange range)
    {
        if (double.IsFinite(range.Maximum - range.Minimum))
            return range;
        var (least, greatest) = ((double)rows.Min(row => row.Min()), (double)rows.Max(row => row.Max()));
        return least < greatest ? new ValueRange(least, greatest) : new ValueRange(least - 0.5, least + 0.5);
    }
}

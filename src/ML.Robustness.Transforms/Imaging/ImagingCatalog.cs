using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Internals;

namespace Microsoft.ML;

/// <summary>Adds images of data and of attributions to ML.NET's catalogs.</summary>
public static class ImagingCatalog
{
    /// <summary>
    /// Draws each row's attribution as a heat map, alone or over the image that it explains, in a column of images.
    /// </summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column of images, of the attribution's width and height.</param>
    /// <param name="attributionColumnName">
    /// The column of attributions: a vector of <see cref="float"/> of (height, width) or (channels, height, width).
    /// </param>
    /// <param name="imageColumnName">
    /// The column of the images explained: images, or vectors of values in [0, 1] or bytes, of the attribution's size; null to
    /// show the colours alone.
    /// </param>
    /// <param name="colorScale">Diverging colours for signed attributions, sequential ones for magnitudes.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">A name is empty, or there is no such scale.</exception>
    public static RenderHeatmapEstimator RenderHeatmap(
        this TransformsCatalog catalog,
        string outputColumnName,
        string attributionColumnName,
        string? imageColumnName = null,
        ColorScale colorScale = ColorScale.Diverging)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new RenderHeatmapEstimator(Environments.Of(catalog), new RenderHeatmapEstimator.Options
        {
            OutputColumnName = outputColumnName,
            AttributionColumnName = attributionColumnName,
            ImageColumnName = imageColumnName,
            Heatmap = new Heatmap { ColorScale = colorScale },
        });
    }

    /// <summary>
    /// Draws each row's attribution as a heat map, alone or over the image that it explains, with all its settings.
    /// </summary>
    /// <param name="catalog">The catalog, <c>MLContext.Transforms</c>.</param>
    /// <param name="options">The settings, of which a copy is taken.</param>
    /// <returns>The estimator, whose <c>Fit</c> reads no rows.</returns>
    public static RenderHeatmapEstimator RenderHeatmap(this TransformsCatalog catalog, RenderHeatmapEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new RenderHeatmapEstimator(Environments.Of(catalog), options);
    }

    /// <summary>
    /// Writes a contact sheet as a PNG file: a line for each row of the data, with the images of its columns side by side.
    /// </summary>
    /// <remarks>The file is written beside its name first, then renamed, so that it is always whole.</remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="data">The rows; no more than are shown are read.</param>
    /// <param name="columnNames">
    /// The columns, from left to right: images, or vectors of (channels, height, width) with 1 or 3 channels, all of one width
    /// and height.
    /// </param>
    /// <param name="path">The file, whose name ends in <c>.png</c>; an old one is replaced.</param>
    /// <param name="rows">The most rows to show, 1 or more; fewer where the data have fewer.</param>
    /// <param name="enlarge">How many times as wide and high each image is drawn, 1 or more.</param>
    /// <param name="range">The values of black and of full light in vectors of <see cref="float"/>; null for [0, 1].</param>
    /// <param name="colorOrder">The order of three channels in vectors; columns of images know their own.</param>
    /// <exception cref="ArgumentException">
    /// No column is named, the file's name ends otherwise, or the range has no two finite ends.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type, a number is below one, there is no such order, or the sheet would be too large.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, the images differ in size, or a row has none or values that are not finite.
    /// </exception>
    /// <exception cref="IOException">The folder is missing, or the file cannot be written; an old one is as it was.</exception>
    public static void SaveImageGrid(
        this DataOperationsCatalog catalog, IDataView data, IReadOnlyList<string> columnNames, string path, int rows = 8,
        int enlarge = 1, ValueRange? range = null, ColorOrder colorOrder = ColorOrder.Rgb)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(columnNames);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (columnNames.Count == 0)
            throw new ArgumentException(
                "A contact sheet needs at least one column of images. Name the columns to show.", nameof(columnNames));
        RgbImage.CheckPath(path);
        ArgumentChecks.Defined(colorOrder, nameof(colorOrder));
        var grid = new ImageGrid { Enlarge = enlarge };
        ImageSheet.Draw(data, columnNames, rows, grid, range ?? ValueRange.Unit, colorOrder).SavePng(path);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>
/// Draws each row's attribution as a heat map, alone or over the image that it explains, in a column of images.
/// </summary>
/// <remarks>
/// Lazy and row by row; nothing is learned. Each image read from the column is new, and its reader's to dispose.
/// </remarks>
public sealed partial class RenderHeatmapEstimator : IEstimator<RenderHeatmapTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal RenderHeatmapEstimator(IHostEnvironment environment, Options options)
    {
        _host = environment.Register(RenderHeatmapTransformer.LoaderSignature);
        _options = options.Copy();
    }

    /// <summary>Checks the columns; no row is read.</summary>
    /// <param name="input">Rows of attributions, and of images where they are wanted.</param>
    /// <returns>The step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type, or image and attribution differ in size.
    /// </exception>
    public RenderHeatmapTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new RenderHeatmapTransformer(_host, _options);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>Tells, before any data, the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the images; of unknown size unless <see cref="Options.InputShape"/> tells it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        AttributionColumn.Check(inputSchema, _options.AttributionColumnName);
        if (_options.ImageColumnName is { } image)
            PixelColumn.Check(inputSchema, image);
        var type = _options.InputShape is { } shape ? RenderHeatmapRowMapper.TypeFor(shape, _options.Enlarge)
            : new ImageDataViewType();
        return ColumnShapes.With(inputSchema, ColumnShapes.Scalar(_options.OutputColumnName, type));
    }
}

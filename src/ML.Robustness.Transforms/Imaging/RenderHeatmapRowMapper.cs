using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>The step bound to rows of one schema.</summary>
internal sealed class RenderHeatmapRowMapper : BatchedRowMapper
{
    private readonly RenderHeatmapEstimator.Options _options;
    private readonly FeatureColumn _attribution;
    private readonly PixelColumn? _image;

    private RenderHeatmapRowMapper(
        RenderHeatmapEstimator.Options options, DataViewSchema inputSchema, FeatureColumn attribution, PixelColumn? image,
        DataViewSchema.Column[] inputs)
        : base(inputSchema, inputs,
            [new DataViewSchema.DetachedColumn(options.OutputColumnName, TypeFor(attribution.Shape, options.Enlarge))])
    {
        _options = options;
        _attribution = attribution;
        _image = image;
    }

    /// <summary>Binds the step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type, or image and attribution differ in size.
    /// </exception>
    internal static RenderHeatmapRowMapper Bind(RenderHeatmapEstimator.Options options, DataViewSchema inputSchema)
    {
        var attribution = AttributionColumn.Find(inputSchema, options.AttributionColumnName, options.InputShape);
        var column = inputSchema[attribution.Name];
        if (options.ImageColumnName is not { } name)
            return new RenderHeatmapRowMapper(options, inputSchema, attribution, null, [column]);
        var image = PixelColumn.Find(
            inputSchema, name, options.Range, options.ColorOrder, (attribution.Shape.Height, attribution.Shape.Width));
        if (image.Size is { } size && size != (attribution.Shape.Width, attribution.Shape.Height))
            throw new ArgumentOutOfRangeException(nameof(inputSchema), Differ(attribution, name, size.Width, size.Height));
        return new RenderHeatmapRowMapper(options, inputSchema, attribution, image, [column, image.Column]);
    }

    /// <summary>The type of the images.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They would be too large.</exception>
    internal static ImageDataViewType TypeFor(InputShape shape, int enlarge)
    {
        if ((decimal)shape.Height * enlarge * shape.Width * enlarge > int.MaxValue / 4)
            throw new ArgumentOutOfRangeException(nameof(enlarge),
                $"Images of {shape.Width}×{shape.Height} pixels enlarged {enlarge} times are too large. Set Options.Enlarge " +
                "lower.");
        return new ImageDataViewType(shape.Height * enlarge, shape.Width * enlarge);
    }

    internal override bool ComputesOnRequest => true;

    internal override RowBatch CreateBatch(DataViewRow source, int capacity) => new Batch(this, source, capacity);

    private static string Differ(FeatureColumn attribution, string image, int width, int height) =>
        $"Image column '{image}' has {width}×{height} pixels, but attribution column '{attribution.Name}' has " +
            $"{attribution.Shape.Width}×{attribution.Shape.Height}: they must be of one size. Bring the images to the " +
            "attribution's size with ResizeImages.";

    private sealed class Batch : RowBatch
    {
        private readonly RenderHeatmapRowMapper _mapping;
        private readonly DataViewRow _source;
        private readonly FeatureBlock _attributions;
        private readonly Func<RgbImage>? _readImage;
        private readonly RgbImage[] _images;

        internal Batch(RenderHeatmapRowMapper mapping, DataViewRow source, int capacity)
        {
            _mapping = mapping;
            _source = source;
            _attributions = FeatureBlock.Over(source, mapping.Inputs[0], mapping._attribution, 1);
            _readImage = mapping._image?.Reader(source);
            _images = new RgbImage[capacity];
        }

        internal override Delegate CreateGetter(int output, Func<int> row) =>
            new ValueGetter<MLImage>((ref MLImage image) => image = MLImageConversion.ToImage(_images[row()]));

        private protected override void Read(int row)
        {
            _attributions.Clear();
            _attributions.Add();
            _attributions.CheckFinite();
            _images[row] = Render(_attributions.LastRow(0).Values.Span).Enlarge(_mapping._options.Enlarge);
        }

        private protected override void Reset()
        {
        }

        // An image is made at once when its row is read, which happens when it is asked for.
        private protected override void Compute()
        {
        }

        private RgbImage Render(ReadOnlySpan<float> attribution)
        {
            var (heatmap, shape) = (_mapping._options.Heatmap, _mapping._attribution.Shape);
            if (_readImage is null)
                return heatmap.Render(attribution, shape);
            var image = _readImage();
            if ((image.Width, image.Height) != (shape.Width, shape.Height))
                throw new InvalidOperationException(
                    $"Row {_source.Position}: " +
                    $"{Differ(_mapping._attribution, _mapping._image!.Column.Name, image.Width, image.Height)}");
            return heatmap.Render(attribution, shape, image);
        }
    }
}

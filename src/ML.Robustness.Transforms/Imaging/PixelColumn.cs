using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>A column of images, or of the values of images.</summary>
/// <param name="Column">The column.</param>
/// <param name="Shape">The shape of one row's values; null for a column of images.</param>
/// <param name="Range">The values of black and of full light, where the column has values as <see cref="float"/>.</param>
/// <param name="ColorOrder">The order of three channels of values; a column of images knows its own.</param>
internal sealed record PixelColumn(DataViewSchema.Column Column, InputShape? Shape, ValueRange Range, ColorOrder ColorOrder)
{
    /// <summary>What such columns are, in the words of messages.</summary>
    internal const string Expected = "Image, or Vector<Single> or Vector<Byte> of (channels, height, width) with 1 or 3 channels";

    private static readonly ValueRange Bytes = new(byte.MinValue, byte.MaxValue);

    /// <summary>The width and height of every row's image; null where the column's type doesn't tell.</summary>
    internal (int Width, int Height)? Size => Shape is { } shape ? (shape.Width, shape.Height)
        : Column.Type is ImageDataViewType { Width: > 0, Height: > 0 } image ? (image.Width, image.Height) : null;

    /// <summary>Finds a column.</summary>
    /// <param name="inputSchema">The columns.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="range">The values of black and of full light, for numbers.</param>
    /// <param name="colorOrder">The order of three channels of numbers.</param>
    /// <param name="size">The height and width of images in flat vectors; null where they must tell themselves.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type.</exception>
    internal static PixelColumn Find(
        DataViewSchema inputSchema, string name, ValueRange range, ColorOrder colorOrder, (int Height, int Width)? size)
    {
        if (inputSchema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                Missing(name, "image", inputSchema.Where(c => !c.IsHidden).Select(c => c.Name)));
        if (column.Type is ImageDataViewType)
            return new PixelColumn(column, null, range, colorOrder);
        if (column.Type is VectorDataViewType { IsKnownSize: true } vector && ShapeOf(vector, size) is { } shape)
        {
            if (vector.ItemType.Equals(NumberDataViewType.Byte))
                return new PixelColumn(column, shape, Bytes, colorOrder);
            if (vector.ItemType.Equals(NumberDataViewType.Single))
                return new PixelColumn(column, shape, range, colorOrder);
        }

        throw new ArgumentOutOfRangeException(nameof(inputSchema),
            $"Schema mismatch for image column '{name}': expected {Expected}, got {column.Type}. Extract pixels with " +
                "interleavePixelColors: false, render attributions with RenderHeatmap, or name another column.");
    }

    /// <summary>Throws what can be said against the column before any data.</summary>
    internal static void Check(SchemaShape inputSchema, string name)
    {
        if (ColumnShapes.Find(inputSchema, name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(inputSchema), Missing(name, "image", inputSchema.Select(c => c.Name)));
        var isImage = column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType is ImageDataViewType;
        var isVector = column.Kind == SchemaShape.Column.VectorKind.Vector && !column.IsKey
            && (column.ItemType.Equals(NumberDataViewType.Single) || column.ItemType.Equals(NumberDataViewType.Byte));
        if (!isImage && !isVector)
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for image column '{name}': expected {Expected}, got {ColumnShapes.Describe(column)}. Name " +
                "another column.");
    }

    internal static string Missing(string name, string kind, IEnumerable<string> names) =>
        $"Could not find {kind} column '{name}'. The columns are {string.Join(", ", names.Select(other => $"'{other}'"))}.";

    /// <summary>A reader of the image of the row that a cursor stands on.</summary>
    internal Func<RgbImage> Reader(DataViewRow row) => Shape is { } shape ? OfValues(row, shape) : OfImages(row);

    private Func<RgbImage> OfValues(DataViewRow row, InputShape shape)
    {
        var block = FeatureBlock.Over(row, Column, new FeatureColumn(Column.Name, (VectorDataViewType)Column.Type, shape), 1);
        return () =>
        {
            block.Clear();
            block.Add();
            block.CheckFinite();
            var values = block.LastRow(0);
            return RgbImage.FromValues(
                values.IsBytes ? Array.ConvertAll(values.Bytes.ToArray(), value => (float)value) : values.Values.Span, shape,
                Range, ColorOrder);
        };
    }

    private Func<RgbImage> OfImages(DataViewRow row)
    {
        var getter = row.GetGetter<MLImage>(Column);
        MLImage? image = null;
        return () =>
        {
            // The image is not ours to dispose: in a prediction engine it is the user's. Steps that make images dispose the one
            // they gave before.
            getter(ref image!);
            return image is null
                ? throw new InvalidOperationException(
                    $"Row {row.Position} of column '{Column.Name}' has no image. Filter such rows out, or give their files.")
                : MLImageConversion.Of(image);
        };
    }

    private static InputShape? ShapeOf(VectorDataViewType type, (int Height, int Width)? size)
    {
        var dimensions = type.Dimensions;
        if (dimensions.Length == 2)
            return new InputShape(1, dimensions[0], dimensions[1]);
        if (dimensions.Length == 3)
            return dimensions[0] is 1 or 3 ? new InputShape(dimensions[0], dimensions[1], dimensions[2]) : null;
        if (size is not var (height, width))
            return null;
        var channels = type.Size / ((long)height * width);
        return channels is 1 or 3 && channels * height * width == type.Size ? new InputShape((int)channels, height, width) : null;
    }
}

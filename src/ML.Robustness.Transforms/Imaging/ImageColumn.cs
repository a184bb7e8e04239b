using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Finds a column of images of one or three channels.</summary>
internal static class ImageColumn
{
    /// <summary>The column with the shape asked for, else the one its dimensions give.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The column holds no images, or bytes with another range than [0, 1].
    /// </exception>
    internal static FeatureColumn Resolve(DataViewSchema inputSchema, string name, InputShape? asked, ValueRange range)
    {
        var column = FeatureColumn.Resolve(inputSchema, name, asked);
        if (!column.Shape.IsImage || column.Shape.Channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for image column '{name}': expected images of one or three channels, got {column.Type} " +
                    $"(shape {column.Shape}). Set Options.InputShape to channels × height × width.");
        }
        if (column.IsBytes && range != ValueRange.Unit)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Image column '{name}' holds bytes, which are read as value / 255, but Options.Range is {range}. Leave it " +
                    "at [0, 1].");
        }
        return column;
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Finds the column of attributions and the shape of its rows.</summary>
internal static class AttributionColumn
{
    private const string Expected = "Vector<Single> of (height, width) or (channels, height, width)";

    /// <summary>Throws what can be said against the column before any data.</summary>
    internal static void Check(SchemaShape inputSchema, string name)
    {
        if (ColumnShapes.Find(inputSchema, name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                PixelColumn.Missing(name, "attribution", inputSchema.Select(c => c.Name)));
        if (column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Vector
            || !column.ItemType.Equals(NumberDataViewType.Single))
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                Mismatch(name, ColumnShapes.Describe(column), "Name the output of a step that explains."));
    }

    /// <summary>Finds the column, of the shape asked for, else of the one that its dimensions give.</summary>
    internal static FeatureColumn Find(DataViewSchema inputSchema, string name, InputShape? asked)
    {
        if (inputSchema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                PixelColumn.Missing(name, "attribution", inputSchema.Where(c => !c.IsHidden).Select(c => c.Name)));
        if (column.Type is not VectorDataViewType { IsKnownSize: true } type || !type.ItemType.Equals(NumberDataViewType.Single))
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                Mismatch(name, $"{column.Type}", "Name the output of a step that explains."));
        if (asked is { } shape)
        {
            return shape.Length == type.Size ? new FeatureColumn(name, type, shape)
                : throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for attribution column '{name}': expected Vector<Single, {shape.Length}> (InputShape " +
                    $"{shape}), got {type}. Set Options.InputShape to match the column.");
        }

        return type.Dimensions switch
        {
            [var height, var width] => new FeatureColumn(name, type, new InputShape(1, height, width)),
            [var channels, var height, var width] when channels is 1 or 3 or 4 || width is not (1 or 3 or 4) =>
                new FeatureColumn(name, type, new InputShape(channels, height, width)),
            { Length: 3 } => throw new ArgumentOutOfRangeException(nameof(inputSchema),
                Mismatch(name, $"{type}",
                    "Its channels look interleaved: give planes, or set Options.InputShape if the order is right.")),
            _ => throw new ArgumentOutOfRangeException(nameof(inputSchema), Mismatch(name, $"{type}",
                "Set Options.InputShape to tell its height and width.")),
        };
    }

    private static string Mismatch(string name, string found, string advice) =>
        $"Schema mismatch for attribution column '{name}': expected {Expected}, got {found}. {advice}";
}

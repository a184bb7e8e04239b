using Microsoft.ML;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>A schema as text, column by column with its annotations, so that two schemas can be compared.</summary>
internal static class SchemaText
{
    internal static SortedDictionary<string, string> Of(SchemaShape shape) =>
        new(shape.ToDictionary(column => column.Name, Of), StringComparer.Ordinal);

    private static string Of(SchemaShape.Column column)
    {
        var annotations = column.Annotations.Select(one => $"{one.Name} {one.Kind} {one.ItemType} {one.IsKey}");
        return $"{column.Kind} {column.ItemType} {column.IsKey} "
            + string.Join("; ", annotations.Order(StringComparer.Ordinal));
    }
}

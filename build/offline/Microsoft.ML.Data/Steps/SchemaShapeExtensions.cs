using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal static class SchemaShapeExtensions
{
    /// <summary>The column of this name, or ML.NET's error for a missing input column.</summary>
    public static SchemaShape.Column FindInput(this SchemaShape shape, IExceptionContext context, string name)
    {
        context.CheckValue(shape, "inputSchema");
        return shape.TryFindColumn(name, out SchemaShape.Column column) ? column : throw context.ExceptSchemaMismatch("inputSchema", "input", name);
    }

    /// <summary>The shape with these columns put in the place of those of the same name, or at the end.</summary>
    public static SchemaShape With(this SchemaShape shape, params IEnumerable<SchemaShape.Column> columns)
    {
        List<SchemaShape.Column> result = shape.ToList();
        foreach (SchemaShape.Column column in columns)
        {
            int index = result.FindIndex(existing => existing.Name == column.Name);
            if (index >= 0)
                result[index] = column;
            else
                result.Add(column);
        }
        return new SchemaShape(result);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using static Microsoft.ML.SchemaShape.Column;

namespace ML.Robustness.Transforms.Internals;

/// <summary>Makes and reads the schema shapes by which estimators tell, before any data, what they take and give.</summary>
internal static class ColumnShapes
{
    internal static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);

    internal static SchemaShape.Column Scalar(string name, DataViewType type, params SchemaShape.Column[] annotations) =>
        new(name, VectorKind.Scalar, type, false, new SchemaShape(annotations));

    internal static SchemaShape.Column Key(string name, params SchemaShape.Column[] annotations) =>
        new(name, VectorKind.Scalar, NumberDataViewType.UInt32, true, new SchemaShape(annotations));

    internal static SchemaShape.Column Vector(string name, DataViewType itemType, params SchemaShape.Column[] annotations) =>
        new(name, VectorKind.Vector, itemType, false, new SchemaShape(annotations));

    internal static SchemaShape.Column? Find(SchemaShape shape, string name)
    {
        foreach (var column in shape)
        {
            if (column.Name == name)
                return column;
        }

        return null;
    }

    /// <summary>The shape with these columns after its own; one of the same name takes the place of the old.</summary>
    internal static SchemaShape With(SchemaShape shape, params SchemaShape.Column[] added)
    {
        var columns = shape.ToList();
        foreach (var column in added)
        {
            var place = columns.FindIndex(existing => existing.Name == column.Name);
            if (place < 0)
                columns.Add(column);
            else
                columns[place] = column;
        }

        return new SchemaShape(columns);
    }

    /// <summary>The type of a column in the words of ML.NET's messages.</summary>
    internal static string Describe(SchemaShape.Column column)
    {
        var item = column.IsKey ? $"Key<{column.ItemType}>" : $"{column.ItemType}";
        return column.Kind switch
        {
            VectorKind.Vector => $"Vector<{item}>",
            VectorKind.VariableVector => $"VarVector<{item}>",
            _ => item,
        };
    }
}

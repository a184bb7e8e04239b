using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GoldenTests;

/// <summary>Schemas and shapes in the facts' form.</summary>
public static partial class Fx
{
    public static object Schema(DataViewSchema schema) => schema.Select(Col).ToList();

    public static object Col(DataViewSchema.Column column)
    {
        var fact = new O { { "name", column.Name }, { "type", column.Type.ToString() } };
        if (column.IsHidden)
            fact.Add("hidden", true);
        if (column.Annotations.Schema.Count > 0)
            fact.Add("annotations", column.Annotations.Schema.Select(kind => Annotation(column.Annotations, kind)).ToList());
        return fact;
    }

    private static object Annotation(DataViewSchema.Annotations annotations, DataViewSchema.Column kind) => new O
    {
        { "kind", kind.Name },
        { "type", kind.Type.ToString() },
        { "value", Generic(nameof(AnnotationValue), kind.Type.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [annotations, kind], null) },
    };

    private static object AnnotationValue<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column kind)
    {
        T value = default;
        annotations.GetValue(kind.Name, ref value);
        return Value(value);
    }

    /// <summary>The shape of a view. <c>SchemaShape.Create</c> is internal in the real library too.</summary>
    public static SchemaShape ShapeOf(IDataView view) => (SchemaShape)typeof(SchemaShape)
        .GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic)
        .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [view.Schema], null);

    public static object Shape(SchemaShape shape) => new O { { "columns", ShapeCols(shape) } };

    public static List<object> ShapeCols(SchemaShape shape) => shape.Select(column =>
    {
        var fact = ShapeColumn(column);
        if (column.Annotations.Any())
            fact.Add("annotations", column.Annotations.Select(annotation => ShapeColumn(annotation)).ToList());
        return (object)fact;
    }).ToList();

    private static O ShapeColumn(SchemaShape.Column column) => new()
    {
        { "name", column.Name }, { "kind", column.Kind }, { "itemType", column.ItemType.ToString() }, { "isKey", column.IsKey },
    };
}

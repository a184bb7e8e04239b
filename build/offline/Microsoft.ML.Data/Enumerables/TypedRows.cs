using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The columns of a schema that a row class asks for, and the writing of a row into an object of the class.</summary>
internal sealed class TypedRows<TRow>
    where TRow : class
{
    private readonly (MemberInfo Member, DataViewSchema.Column Column)[] _columns;

    public TypedRows(IHostEnvironment env, DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition schemaDefinition)
    {
        IHost host = env.Register("TypedCursorable");
        CheckMembers(schema, schemaDefinition);
        InternalSchemaDefinition definition = InternalSchemaDefinition.Create(typeof(TRow), schemaDefinition, SchemaDefinition.Direction.Write);
        _columns = definition.Columns
            .Where(column => schema.GetColumnOrNull(column.Name).HasValue || !ignoreMissingColumns)
            .Select(column => (column.Member, Bind(host, schema, column)))
            .ToArray();
    }

    public IEnumerable<DataViewSchema.Column> Columns => _columns.Select(pair => pair.Column);

    public Action<TRow> MakeFiller(DataViewRow row)
    {
        Action<TRow>[] setters = _columns.Select(pair => MemberAccess<TRow>.MakeSetter(pair.Member, row, pair.Column)).ToArray();
        return target =>
        {
            foreach (Action<TRow> setter in setters)
                setter(target);
        };
    }

    private static DataViewSchema.Column Bind(IExceptionContext context, DataViewSchema schema, InternalSchemaDefinition.Column wanted)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(wanted.Name) ?? throw context.ExceptSchemaMismatch("Schema", "", wanted.Name);
        Type itemType = Members.RawItemType(Members.TypeOf(wanted.Member), out bool isVector);
        context.Check(isVector == column.Type is VectorDataViewType && column.Type.GetItemType().RawType == itemType,
            $"Can't bind the IDataView column '{wanted.Name}' of type '{column.Type}' to field or property '{wanted.Member.Name}' "
            + $"of type '{Members.TypeOf(wanted.Member).FullName}'.");
        return column;
    }

    // A member of a type that no column can have is reported with the type that its column has.
    private static void CheckMembers(DataViewSchema schema, SchemaDefinition schemaDefinition)
    {
        if (schemaDefinition != null)
            return;
        foreach (MemberInfo member in Members.Of(typeof(TRow), SchemaDefinition.Direction.Write))
        {
            string name = Members.ColumnName(member);
            Type itemType = Members.RawItemType(Members.TypeOf(member), out _);
            if (Members.IsKnown(member, itemType) || schema.GetColumnOrNull(name) is not { } column)
                continue;
            Contracts.CheckParam(itemType == column.Type.RawType, "actualType", $"The expected type '{column.Type.RawType}' does not match the type of the "
                + $"'{name}' member: '{itemType}'. Please change the {name} member to '{column.Type.RawType}'");
        }
    }
}

using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Which member of a row class is which column.</summary>
internal sealed class InternalSchemaDefinition
{
    private InternalSchemaDefinition(Column[] columns)
    {
        Columns = columns;
    }

    public Column[] Columns { get; }

    public DataViewSchema ToSchema()
    {
        var builder = new DataViewSchema.Builder();
        foreach (Column column in Columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition definition, SchemaDefinition.Direction direction)
        => new((definition ?? SchemaDefinition.Create(userType, direction)).Select(column => Bind(userType, column)).ToArray());

    private static Column Bind(Type userType, SchemaDefinition.Column column)
    {
        MemberInfo member = (MemberInfo)userType.GetField(column.MemberName) ?? userType.GetProperty(column.MemberName)
            ?? throw Contracts.ExceptParam("userSchemaDefinition", $"No field or property with name '{column.MemberName}' found in type '{userType.FullName}'");
        Type itemType = Members.CheckedItemType(member, out bool isVector);
        string name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
        DataViewType type = column.ColumnType ?? Members.ViewType(member);
        bool wantsVector = type is VectorDataViewType;
        Contracts.CheckParam(isVector == wantsVector, "userSchemaDefinition", $"Column '{name}' is supposed to be {(wantsVector ? "vector" : "scalar")}, "
            + $"but type of associated field '{column.MemberName}' is {(isVector ? "vector" : "scalar")}");
        Contracts.CheckParam(type.GetItemType().RawType == itemType, "userSchemaDefinition",
            $"Column '{name}' is supposed to have item type {type.GetItemType().RawType}, but associated field has type {itemType}");
        return new Column(name, type, member, column.Annotations);
    }

    internal sealed record Column(string Name, DataViewType Type, MemberInfo Member, DataViewSchema.Annotations Annotations);
}

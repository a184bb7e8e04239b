using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The public fields and properties of row classes, and the view types that they stand for.</summary>
internal static class Members
{
    public static IEnumerable<MemberInfo> Of(Type type, SchemaDefinition.Direction direction)
    {
        Contracts.CheckValue(type, "userType");
        IEnumerable<MemberInfo> fields = type.GetFields(BindingFlags.Public | BindingFlags.Instance);
        IEnumerable<MemberInfo> properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property
            => property.GetIndexParameters().Length == 0
                && ((direction.HasFlag(SchemaDefinition.Direction.Read) && property.GetGetMethod() != null)
                    || (direction.HasFlag(SchemaDefinition.Direction.Write) && property.GetSetMethod() != null)));
        return fields.Concat(properties).Where(member => member.GetCustomAttribute<NoColumnAttribute>() == null);
    }

    public static string ColumnName(MemberInfo member) => member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;

    public static Type TypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>The raw item type of an array, a VBuffer or a scalar; text for strings.</summary>
    public static Type RawItemType(Type type, out bool isVector)
    {
        isVector = type.IsArray || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>));
        Type item = type.IsArray ? type.GetElementType() : isVector ? type.GetGenericArguments()[0] : type;
        return item == typeof(string) ? typeof(ReadOnlyMemory<char>) : item;
    }

    public static bool IsKnown(MemberInfo member, Type itemType)
        => ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(itemType) != null
            || DataViewTypeManager.GetOrNull(itemType, member.GetCustomAttributes()) != null;

    /// <summary>The raw item type, or ML.NET's error for a type that no column can have.</summary>
    public static Type CheckedItemType(MemberInfo member, out bool isVector)
    {
        Type itemType = RawItemType(TypeOf(member), out isVector);
        Contracts.CheckParam(IsKnown(member, itemType), "rawType",
            $"Could not determine an IDataView type and registered custom types for member {member.Name}");
        return itemType;
    }

    public static DataViewType ViewType(MemberInfo member)
    {
        Type itemType = CheckedItemType(member, out bool isVector);
        DataViewType custom = DataViewTypeManager.GetOrNull(itemType, member.GetCustomAttributes());
        if (custom != null)
            return custom;
        PrimitiveDataViewType primitive = ColumnTypeExtensions.PrimitiveTypeFromType(itemType);
        if (member.GetCustomAttribute<KeyTypeAttribute>() is { } key)
        {
            Contracts.CheckParam(KeyDataViewType.IsValidDataType(itemType), "userType",
                $"Member {member.Name} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type");
            primitive = new KeyDataViewType(itemType, key.KeyCount.Count.GetValueOrDefault());
        }
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        Contracts.CheckParam(vector == null || isVector, "userType",
            $"Member {member.Name} marked with VectorTypeAttribute, but does not appear to be a vector type");
        if (!isVector)
            return primitive;
        return vector?.Dims is { Length: > 0 } dimensions ? new VectorDataViewType(primitive, dimensions) : new VectorDataViewType(primitive);
    }
}

using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The custom types of members, such as images: one view type for each pair of type and attribute.</summary>
public static class DataViewTypeManager
{
    private static readonly Dictionary<(Type Type, DataViewTypeAttribute Attribute), DataViewType> ByRawType = new();
    private static readonly Dictionary<DataViewType, (Type Type, DataViewTypeAttribute Attribute)> ByViewType = new();

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute typeAttribute = null)
    {
        if (ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(type) != null)
            throw Contracts.ExceptParam(nameof(type), $"Type {type} has been registered as ML.NET's default supported type, so it can't not be registered again.");
        lock (ByRawType)
        {
            (Type, DataViewTypeAttribute) key = (type, typeAttribute);
            if (ByRawType.TryGetValue(key, out DataViewType known) && !known.Equals(dataViewType))
            {
                throw Contracts.ExceptParam(nameof(type), $"Repeated type register. The raw type {type} "
                    + $"has been associated with {known} so it cannot be associated with {dataViewType}.");
            }
            if (ByViewType.TryGetValue(dataViewType, out (Type Type, DataViewTypeAttribute) other) && !other.Equals(key))
            {
                throw Contracts.ExceptParam(nameof(dataViewType), $"Repeated type register. The DataView type {dataViewType} "
                    + $"has been associated with {other.Type} so it cannot be associated with {type}.");
            }
            ByRawType[key] = dataViewType;
            ByViewType[dataViewType] = key;
        }
    }

    internal static DataViewType GetOrNull(Type type, IEnumerable<Attribute> attributes)
    {
        lock (ByRawType)
            return ByRawType.GetValueOrDefault((type, attributes.OfType<DataViewTypeAttribute>().SingleOrDefault()));
    }
}

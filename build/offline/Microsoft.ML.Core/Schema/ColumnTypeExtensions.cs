namespace Microsoft.ML.Data;

internal static class ColumnTypeExtensions
{
    private static readonly (DataKind Kind, PrimitiveDataViewType Type)[] Standard =
    [
        (DataKind.SByte, NumberDataViewType.SByte), (DataKind.Byte, NumberDataViewType.Byte), (DataKind.Int16, NumberDataViewType.Int16),
        (DataKind.UInt16, NumberDataViewType.UInt16), (DataKind.Int32, NumberDataViewType.Int32), (DataKind.UInt32, NumberDataViewType.UInt32),
        (DataKind.Int64, NumberDataViewType.Int64), (DataKind.UInt64, NumberDataViewType.UInt64), (DataKind.Single, NumberDataViewType.Single),
        (DataKind.Double, NumberDataViewType.Double), (DataKind.String, TextDataViewType.Instance), (DataKind.Boolean, BooleanDataViewType.Instance),
        (DataKind.TimeSpan, TimeSpanDataViewType.Instance), (DataKind.DateTime, DateTimeDataViewType.Instance),
        (DataKind.DateTimeOffset, DateTimeOffsetDataViewType.Instance), ((DataKind)16, RowIdDataViewType.Instance),
    ];

    private static readonly Dictionary<Type, PrimitiveDataViewType> ByRawType = Standard.ToDictionary(pair => pair.Type.RawType, pair => pair.Type);
    private static readonly Dictionary<DataKind, PrimitiveDataViewType> ByKind = Standard.ToDictionary(pair => pair.Kind, pair => pair.Type);

    /// <summary>The standard type with this raw type (text also for string), or null.</summary>
    public static PrimitiveDataViewType PrimitiveTypeFromTypeOrNull(Type type)
        => type == typeof(string) ? TextDataViewType.Instance : ByRawType.GetValueOrDefault(type);

    public static PrimitiveDataViewType PrimitiveTypeFromType(Type type) => PrimitiveTypeFromTypeOrNull(type);

    public static PrimitiveDataViewType PrimitiveTypeFromKind(DataKind kind) => ByKind[kind];

    /// <summary>The kind of a standard raw type (16 for row ids, which have no public kind), or 0.</summary>
    public static DataKind KindOf(Type rawType) => Standard.FirstOrDefault(pair => pair.Type.RawType == rawType).Kind;

    public static PrimitiveDataViewType PrimitiveTypeFromName(string rawTypeName)
        => Standard.FirstOrDefault(pair => pair.Type.RawType.Name == rawTypeName).Type;

    public static DataViewType GetItemType(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>The number of keys, or 0 when the type is not a key.</summary>
    public static ulong GetKeyCount(this DataViewType type) => type is KeyDataViewType key ? key.Count : 0;

    public static int GetKeyCountAsInt32(this DataViewType type) => checked((int)type.GetKeyCount());

    /// <summary>The size of a vector of known size, otherwise 0.</summary>
    public static int GetVectorSize(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 0;

    /// <summary>The number of values: 1 for a scalar, 0 for a vector of unknown size.</summary>
    public static int GetValueCount(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

    public static bool IsKnownSizeVector(this DataViewType type) => type.GetVectorSize() > 0;

    public static bool IsStandardScalar(this DataViewType type)
        => type is NumberDataViewType or TextDataViewType or BooleanDataViewType or RowIdDataViewType
            or TimeSpanDataViewType or DateTimeDataViewType or DateTimeOffsetDataViewType;
}

namespace Microsoft.ML.Data;

public sealed class KeyDataViewType : PrimitiveDataViewType
{
    private static readonly Dictionary<Type, ulong> Capacities = new()
    {
        [typeof(byte)] = byte.MaxValue,
        [typeof(ushort)] = ushort.MaxValue,
        [typeof(uint)] = uint.MaxValue,
        [typeof(ulong)] = ulong.MaxValue,
    };

    public KeyDataViewType(Type type, ulong count)
        : base(type)
    {
        if (!Capacities.TryGetValue(type, out ulong capacity))
            throw new ArgumentOutOfRangeException(nameof(type), "Type is not valid, it must be Byte, UInt16, UInt32, or UInt64.");
        if (count == 0 || count > capacity)
        {
            throw new ArgumentOutOfRangeException(nameof(count),
                $"The cardinality of a KeyDataViewType must not exceed {type.Name}.MaxValue and must be strictly positive, but got {count}.");
        }
        Count = count;
    }

    public KeyDataViewType(Type type, int count)
        : this(type, unchecked((ulong)count))
    {
    }

    public ulong Count { get; }

    public static bool IsValidDataType(Type type) => type != null && Capacities.ContainsKey(type);

    public override bool Equals(DataViewType other)
        => other is KeyDataViewType key && key.RawType == RawType && key.Count == Count;

    public override bool Equals(object other) => other is DataViewType type && Equals(type);

    public override int GetHashCode() => HashCode.Combine(RawType, Count);

    public override string ToString() => $"Key<{RawType.Name}, 0-{Count - 1}>";
}

using System.Numerics;

namespace Microsoft.ML.Data;

public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    // The constants and steps are those of the 128-bit MurmurHash3 (public domain, Austin Appleby).
    private const ulong First = 0x87c37b91114253d5;
    private const ulong Second = 0x4cf5ad432745937f;

    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public DataViewRowId Fork()
    {
        DataViewRowId next = Next();
        return new DataViewRowId(next.Low ^ (BitOperations.RotateLeft(First, 31) * Second), next.High);
    }

    public DataViewRowId Next() => Step(Low, High, 0);

    public DataViewRowId Combine(DataViewRowId other)
    {
        other = other.Fork();
        ulong low = Low ^ (BitOperations.RotateLeft(other.Low * First, 31) * Second);
        ulong high = BitOperations.RotateLeft(other.High * Second, 33) * First;
        return Step(low, High, high);
    }

    private static DataViewRowId Step(ulong low, ulong high, ulong mixedIntoHigh)
    {
        low = (BitOperations.RotateLeft(low, 27) + high) * 5 + 0x52dce729;
        high ^= mixedIntoHigh;
        high = (BitOperations.RotateLeft(high, 31) + low) * 5 + 0x38495ab5;
        return new DataViewRowId(low, high);
    }

    public int CompareTo(DataViewRowId other)
    {
        int result = High.CompareTo(other.High);
        return result != 0 ? result : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    public override string ToString() => $"{High:x16}{Low:x16}";
}

using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>A raw column in a row of features.</summary>
/// <param name="Name">The column.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Its first value's place.</param>
/// <param name="Length">How many values it has there; one where it is not attacked.</param>
/// <param name="Fixed">The values of a column that is not attacked; null for one that is.</param>
internal sealed record RawColumn(string Name, DataViewType Type, int Offset, int Length, FixedValues? Fixed)
{
    internal bool IsBytes =>
        Fixed is null && Type is VectorDataViewType { ItemType: var item } && item == NumberDataViewType.Byte;
}

using Microsoft.ML.Data;
using ML.Robustness.Numerics;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The number that a row's random numbers follow.</summary>
internal static class RowIdHash
{
    /// <summary>The number of a row, by its id: the same in any order, and after rows were filtered out.</summary>
    internal static long Of(DataViewRowId id) => unchecked((long)(id.High == 0 ? id.Low : SplitMix64.Derive(id.Low, id.High)));
}

using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Rows;

namespace Microsoft.ML;

/// <summary>Adds the numbers of rows within a whole to <c>MLContext.Data</c>.</summary>
public static class RowNumbersCatalog
{
    /// <summary>Numbers the rows of a part of a data set as the whole does, so that steps draw the same random numbers.</summary>
    /// <remarks>
    /// The steps of this library draw a row's random numbers by its id. Their options' <c>FirstRow</c> does what this does; it
    /// belongs to the rows, not to the step, and is not saved with it. So a model that was loaded gets the rows of a part through
    /// this method. A view that <c>SkipRows</c> or a filter cut out of the whole has the ids of the whole already.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="data">The rows of the part.</param>
    /// <param name="firstRow">The number of the first of them within the whole: 0 or more; 0 leaves all ids as they are.</param>
    /// <returns>The same rows, in the same order; the first has this number as its id, the others count on from there.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstRow"/> is negative.</exception>
    public static IDataView NumberRows(this DataOperationsCatalog catalog, IDataView data, long firstRow)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return NumberedRows.Of(data, ArgumentChecks.FirstRow(firstRow, nameof(firstRow)));
    }
}

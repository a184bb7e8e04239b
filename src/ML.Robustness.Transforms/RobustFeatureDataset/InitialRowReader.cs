using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.FeatureDatasets;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The reader of the initial rows: the features of all rows, read in one pass; bytes stay bytes.</summary>
internal static class InitialRowReader
{
    internal static InitialRows Read(IDataView data, FeatureColumn features, CancellationToken cancellation)
    {
        var column = data.Schema[features.Name];
        using var rows = new FeatureRows(features, data.GetRowCount(), cancellation);
        using var cursor = data.GetRowCursor([column]);
        var (keep, getId, id) = (rows.Reader(cursor, column), cursor.GetIdGetter(), default(DataViewRowId));
        var numbers = new List<long>();
        while (cursor.MoveNext())
        {
            getId(ref id);
            numbers.Add(RowIdHash.Of(id));
            keep();
        }

        return numbers.Count >= 2 ? new InitialRows(rows.ToTensor(), [.. numbers]) : throw new InvalidOperationException(
            $"The data given to Fit have {numbers.Count} rows, but each search starts from another row: give two or more. "
            + "Check the path of the file, and the filters before this step.");
    }
}

using Microsoft.ML;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Rows that can be read once, as those of a queue or a socket.</summary>
internal sealed class OneShotDataView(IDataView inner) : IDataView
{
    private bool _isRead;

    public DataViewSchema Schema => inner.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Assert.False(_isRead, "The rows are read a second time.");
        _isRead = true;
        return inner.GetRowCursor(columnsNeeded);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];
}

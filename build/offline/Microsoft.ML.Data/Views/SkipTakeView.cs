using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows after the first <paramref name="skip"/>, at most <paramref name="take"/> of them, in the source's order.</summary>
internal sealed class SkipTakeView(IHost host, IDataView source, long skip, long take) : IDataView
{
    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => source.GetRowCount() is { } count ? Math.Min(Math.Max(0, count - skip), take) : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(host, source.GetRowCursor(columnsNeeded), Schema.ToActivity(columnsNeeded), skip, take);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(IChannelProvider provider, DataViewRowCursor input, bool[] active, long skip, long take)
        : FilterCursorBase(provider, input, active)
    {
        private long _toSkip = skip;
        private long _toTake = take;

        protected override bool MoveNextCore()
        {
            for (; _toSkip > 0; _toSkip--)
            {
                if (!Input.MoveNext())
                    return false;
            }
            return _toTake-- > 0 && Input.MoveNext();
        }
    }
}

using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor that counts its own rows; its channel is open until it is disposed.</summary>
internal abstract class RootCursorBase : DataViewRowCursor
{
    protected readonly IChannel Ch;
    private long _position = -1;
    private bool _done;

    protected RootCursorBase(IChannelProvider provider)
    {
        Ch = provider.Start("Cursor");
    }

    public sealed override long Position => _position;

    public override long Batch => 0;

    protected bool IsGood => _position >= 0;

    public sealed override bool MoveNext()
    {
        if (_done)
            return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        Dispose();
        return false;
    }

    protected abstract bool MoveNextCore();

    protected override void Dispose(bool disposing)
    {
        _done = true;
        _position = -1;
        if (disposing)
            Ch.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A cursor that follows another one row by row.</summary>
internal abstract class SynchronizedCursorBase : DataViewRowCursor
{
    protected readonly IChannel Ch;
    protected readonly DataViewRowCursor Input;

    protected SynchronizedCursorBase(IChannelProvider provider, DataViewRowCursor input)
    {
        Ch = provider.Start("Cursor");
        Input = input;
    }

    public sealed override long Position => Input.Position;

    public sealed override long Batch => Input.Batch;

    public sealed override bool MoveNext() => Input.MoveNext();

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Input.Dispose();
            Ch.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>A cursor over some of the rows of another one, with the same columns.</summary>
internal abstract class FilterCursorBase : RootCursorBase
{
    protected readonly DataViewRowCursor Input;
    private readonly bool[] _active;

    /// <summary>The active columns are those asked for: the input may have more, which the filter tests.</summary>
    protected FilterCursorBase(IChannelProvider provider, DataViewRowCursor input, bool[] active)
        : base(provider)
    {
        Input = input;
        _active = active;
    }

    public sealed override DataViewSchema Schema => Input.Schema;

    public sealed override long Batch => Input.Batch;

    public sealed override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.Check(_active[column.Index]);
        return Input.GetGetter<TValue>(column);
    }

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Input.Dispose();
        base.Dispose(disposing);
    }
}

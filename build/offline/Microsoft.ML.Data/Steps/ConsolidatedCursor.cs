using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// The rows of a cursor set in the order of their batches. ML.NET computes them on several threads; here one thread does, so a row is
/// computed when it is asked for. Errors come out as they do there: wrapped.
/// </summary>
internal sealed class ConsolidatedCursor : DataViewRowCursor
{
    public const int Degree = 2;

    private readonly DataViewRowCursor[] _inputs;
    private readonly bool[] _waiting;
    private readonly bool[] _ended;
    private readonly IChannel _channel;
    private int _current = -1;
    private long _position = -1;

    public ConsolidatedCursor(IChannelProvider provider, DataViewRowCursor[] inputs)
    {
        _channel = provider.Start("Cursor");
        _inputs = inputs;
        _waiting = new bool[inputs.Length];
        _ended = new bool[inputs.Length];
    }

    public override long Position => _position;

    public override long Batch => 0;

    public override DataViewSchema Schema => _inputs[0].Schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => _inputs[0].IsColumnActive(column);

    public override bool MoveNext()
    {
        // Every input stands at a row that was not given out yet; the one with the smallest batch is next.
        if (_current >= 0)
            _waiting[_current] = false;
        int next = -1;
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (!_waiting[i] && !_ended[i])
            {
                _waiting[i] = Guarded(_inputs[i].MoveNext);
                _ended[i] = !_waiting[i];
            }
            if (_waiting[i] && (next < 0 || _inputs[i].Batch < _inputs[next].Batch))
                next = i;
        }
        _current = next;
        _position = next < 0 ? -1 : _position + 1;
        if (next < 0)
            Dispose();
        return next >= 0;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => Combine(_inputs.Select(input => input.GetGetter<TValue>(column)).ToArray());

    public override ValueGetter<DataViewRowId> GetIdGetter() => Combine(_inputs.Select(input => input.GetIdGetter()).ToArray());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ended.AsSpan().Fill(true);
            _waiting.AsSpan().Clear();
            _position = -1;
            foreach (DataViewRowCursor input in _inputs)
                input.Dispose();
            _channel.Dispose();
        }
        base.Dispose(disposing);
    }

    private static TResult Guarded<TResult>(Func<TResult> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception)
        {
            throw Wrap(exception);
        }
    }

    private static Exception Wrap(Exception exception)
        => Contracts.Except(null, exception, "Splitter/consolidator worker encountered exception while consuming source data");

    private ValueGetter<TValue> Combine<TValue>(ValueGetter<TValue>[] getters)
    {
        return (ref TValue value) =>
        {
            _channel.Check(_current >= 0, "Values cannot be fetched at this time. This method was called either before the first call "
                + "to MoveNext, or at any point after that method returned false.");
            try
            {
                getters[_current](ref value);
            }
            catch (Exception exception)
            {
                throw Wrap(exception);
            }
        };
    }
}

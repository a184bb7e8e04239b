using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Counts rows, bad values and lines of bad format, and logs the first of them.</summary>
internal sealed class TextStatistics : IDisposable
{
    private const int Shown = 10;

    private readonly IChannel _channel;
    private long _rows;
    private long _badValues;
    private long _badFormats;
    private bool _isDisposed;

    public TextStatistics(IChannelProvider provider)
    {
        _channel = provider.Start("ParseStats");
    }

    public void CountRow() => _rows++;

    public void CountBadValue(long line, string column, int slot)
    {
        if (++_badValues > Shown)
            return;
        _channel.Info(MessageSensitivity.Schema, $"  Bad value at line {line} in column {column}{(slot < 0 ? "" : $" at slot {slot}")}");
        if (_badValues == Shown)
            _channel.Info(MessageSensitivity.None, "  Suppressing further bad value messages");
    }

    public void CountBadFormat(string path, long line, int start, int end, string problem)
    {
        if (++_badFormats > Shown)
            return;
        _channel.Warning(MessageSensitivity.None, $"Format error at {path}({line},{start + 1})-({line},{end + 1}): {problem}");
        if (_badFormats == Shown)
            _channel.Warning(MessageSensitivity.None, "Suppressing further format error messages");
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_badValues > 0 || _badFormats > 0)
            _channel.Info(MessageSensitivity.None, $"Processed {_rows} rows with {_badValues} bad values and {_badFormats} format errors");
        _channel.Dispose();
    }
}

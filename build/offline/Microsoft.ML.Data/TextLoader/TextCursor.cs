using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal sealed class TextCursor : RootCursorBase
{
    private const int BatchSize = 64;

    private readonly TextStatistics _statistics;
    private readonly TextLines _lines;
    private readonly TextFields _fields;
    private readonly TextColumn[] _columns;
    private readonly int _lastNeeded;
    private readonly long _maximumRows;
    private long _rows;

    public TextCursor(IHost host, TextLoader loader, IMultiStreamSource source, DataViewSchema schema, bool[] active)
        : this(host, loader, source, schema, active, new TextStatistics(host))
    {
    }

    private TextCursor(IHost host, TextLoader loader, IMultiStreamSource source, DataViewSchema schema, bool[] active, TextStatistics statistics)
        : base(host)
    {
        _statistics = statistics;
        Schema = schema;
        _lines = new TextLines(source, loader.Settings, includeHeader: false);
        _fields = new TextFields(loader.Settings);
        _columns = loader.Columns.Select((info, i) => active[i] ? TextColumn.Create(info, loader.Settings) : null).ToArray();
        _lastNeeded = loader.Columns.Where((_, i) => active[i]).SelectMany(info => info.Fields).DefaultIfEmpty(-1).Max();
        _maximumRows = loader.Settings.MaxRows ?? long.MaxValue;
    }

    public override DataViewSchema Schema { get; }

    public override long Batch => Position < 0 ? -1 : Position / BatchSize;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.Check(column.Index < _columns.Length);
        return _columns[column.Index] != null;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.Check(IsColumnActive(column));
        return _columns[column.Index].Getter.Typed<TValue>(Ch, "Invalid TValue in GetGetter");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
    {
        return (ref DataViewRowId id) =>
        {
            Ch.Check(IsGood, "Cannot call ID getter in current state");
            id = new DataViewRowId((ulong)Position, 0);
        };
    }

    protected override bool MoveNextCore()
    {
        if (_rows >= _maximumRows)
            return false;
        try
        {
            if (!ReadLine())
                return false;
            _rows++;
            _statistics.CountRow();
            _fields.Split(_lines.Text, _lastNeeded, (problem, start, end) => _statistics.CountBadFormat(_lines.Path, _lines.Line, start, end, problem));
            foreach (TextColumn column in _columns)
                column?.Read(_fields, _lines.Line, _statistics);
            return true;
        }
        catch (Exception exception)
        {
            throw Ch.ExceptDecode(exception, $"Parsing failed with an exception: {exception.Message}");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _lines.Dispose();
            _statistics.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool ReadLine()
    {
        try
        {
            return _lines.MoveNext();
        }
        catch (Exception exception)
        {
            throw Contracts.ExceptDecode(null, exception, "Stream reading encountered exception");
        }
    }
}

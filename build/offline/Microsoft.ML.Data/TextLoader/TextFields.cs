using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>The fields of one line.</summary>
internal sealed class TextFields
{
    private readonly TextLoader.Options _options;
    private readonly bool _hasSpaces;
    private readonly bool _keepsEmpty;
    private readonly List<(int Index, ReadOnlyMemory<char> Text)> _fields = [];
    private readonly StringBuilder _quoted = new();
    private string _line;
    private int _next;

    public TextFields(TextLoader.Options options)
    {
        _options = options;
        _hasSpaces = options.Separators.Contains(' ');
        _keepsEmpty = options.MissingRealsAsNaNs && !options.AllowSparse;
    }

    /// <summary>How many fields the line has, those of a sparse part by its declared size.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them were given.</summary>
    public int GivenCount => _fields.Count;

    /// <summary>Splits a line up to the last field needed and reports what is wrong with it: the text, and where it starts and ends.</summary>
    public void Split(string line, int lastNeeded, Action<string, int, int> report)
    {
        _line = _options.TrimWhitespace ? line.TrimEnd() : line;
        _next = 0;
        _fields.Clear();
        Count = 0;
        bool more = true;
        while (more && Count <= (long)lastNeeded + (_options.AllowSparse ? 1 : 0))
        {
            Field field = Next(out more);
            if (field.IsBadlyQuoted)
                report?.Invoke("Illegal quoting", field.Start, field.End);
            if (field.SparseIndex >= 0)
            {
                SplitSparse(field, more, lastNeeded, report);
                return;
            }
            if (!field.Text.IsEmpty || _keepsEmpty)
                _fields.Add((Count, field.Text));
            Count++;
        }
    }

    /// <summary>Whether the field was given: empty fields are not (but where they are to be NaN), and those of a sparse part only where listed.</summary>
    public bool TryGet(int index, out ReadOnlyMemory<char> text)
    {
        int place = _fields.BinarySearch((index, default), FieldOrder.Instance);
        text = place >= 0 ? _fields[place].Text : default;
        return place >= 0;
    }

    public ReadOnlyMemory<char> GetOrEmpty(int index)
    {
        TryGet(index, out ReadOnlyMemory<char> text);
        return text;
    }

    // The field before the first index:value is the size of what follows.
    private void SplitSparse(Field field, bool more, int lastNeeded, Action<string, int, int> report)
    {
        const string Ambiguous = "dimensionality or ambiguous sparse item. Use sparse=- for non-sparse file, and/or quote the value.";
        if (_fields.Count == 0 || _fields[^1].Index != Count - 1)
        {
            report?.Invoke("Missing " + Ambiguous, field.Start, field.End);
            return;
        }
        if (!int.TryParse(_fields[^1].Text.Span, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size <= 0)
        {
            report?.Invoke("Bad " + Ambiguous, field.Start, field.End);
            return;
        }
        int first = _fields[^1].Index;
        int previous = -1;
        int last = Math.Min(lastNeeded, first + size - 1) - first;
        _fields.RemoveAt(_fields.Count - 1);
        Count = first + size;
        while (true)
        {
            string problem = field.SparseIndex < 0 ? "Non-sparse formatted value follows sparse formatted value"
                : field.SparseIndex >= size ? "Sparse item index larger than expected. Is the specified size incorrect?"
                : field.SparseIndex <= previous ? "Sparse indices out of order" : null;
            if (problem != null)
            {
                report?.Invoke(problem, field.Start, field.End);
                return;
            }
            if (field.SparseIndex > last + 1)
                return;
            previous = field.SparseIndex;
            if (!field.Text.IsEmpty)
                _fields.Add((first + previous, field.Text));
            if (!more)
                return;
            field = Next(out more);
        }
    }

    private Field Next(out bool more)
    {
        if (!_hasSpaces)
            SkipSpaces();
        int start = _next;
        int sparseIndex = _options.AllowSparse ? ReadSparseIndex() : -1;
        bool isBad = false;
        ReadOnlyMemory<char> text;
        if (_options.AllowQuoting && _next < _line.Length && _line[_next] == '"')
        {
            isBad = !ReadQuoted();
            text = isBad ? default : _quoted.ToString().AsMemory();
        }
        else
        {
            int from = _next;
            int length = _line.AsSpan(from).IndexOfAny(_options.Separators);
            _next = length < 0 ? _line.Length : from + length;
            text = _line.AsMemory(from, _next - from);
        }
        int end = _next;
        more = _next < _line.Length;
        if (more)
            _next++;
        return new Field(text, sparseIndex, isBad, start, end);
    }

    private void SkipSpaces()
    {
        while (_next < _line.Length && _line[_next] == ' ')
            _next++;
    }

    private int ReadSparseIndex()
    {
        const int MaximumDigits = 9;
        int end = _next;
        while (end < _line.Length && end - _next < MaximumDigits && char.IsAsciiDigit(_line[end]))
            end++;
        if (end == _next || end >= _line.Length || _line[end] != ':')
            return -1;
        int index = int.Parse(_line.AsSpan(_next, end - _next), CultureInfo.InvariantCulture);
        _next = end + 1;
        if (!_hasSpaces)
            SkipSpaces();
        return index;
    }

    /// <summary>Reads up to the separator; false where the quotes do not close or something stands behind them.</summary>
    private bool ReadQuoted()
    {
        _quoted.Clear();
        bool isClosed = false;
        for (_next++; _next < _line.Length && !isClosed; _next++)
        {
            char letter = _line[_next];
            char following = _next + 1 < _line.Length ? _line[_next + 1] : '\0';
            if (letter == _options.EscapeChar && following == '"')
            {
                _quoted.Append('"');
                _next++;
            }
            else if (letter == '"')
            {
                isClosed = true;
            }
            else
            {
                _quoted.Append(letter);
            }
        }
        bool isClean = true;
        for (; _next < _line.Length && !_options.Separators.Contains(_line[_next]); _next++)
            isClean &= _line[_next] == ' ';
        return isClosed && isClean;
    }

    private readonly record struct Field(ReadOnlyMemory<char> Text, int SparseIndex, bool IsBadlyQuoted, int Start, int End);

    private sealed class FieldOrder : IComparer<(int Index, ReadOnlyMemory<char> Text)>
    {
        public static readonly FieldOrder Instance = new();

        public int Compare((int Index, ReadOnlyMemory<char> Text) x, (int Index, ReadOnlyMemory<char> Text) y) => x.Index.CompareTo(y.Index);
    }
}

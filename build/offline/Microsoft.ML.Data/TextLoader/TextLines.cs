using System.Text;

namespace Microsoft.ML.Data;

/// <summary>The data lines of some files: no blank lines, comments or headers.</summary>
internal sealed class TextLines : IDisposable
{
    private readonly IMultiStreamSource _source;
    private readonly TextLoader.Options _options;
    private readonly bool _includeHeader;
    private int _file = -1;
    private TextReader _reader;
    private bool _atTop;
    private long _physicalLine;

    public TextLines(IMultiStreamSource source, TextLoader.Options options, bool includeHeader)
    {
        _source = source;
        _options = options;
        _includeHeader = includeHeader;
    }

    public string Text { get; private set; }

    /// <summary>The number in its file, from 1, of the line or of the first of several that a quoted field joins.</summary>
    public long Line { get; private set; }

    public string Path => _source.GetPathOrNull(_file);

    public bool MoveNext()
    {
        while (NextLine())
        {
            if (Text.Length == 0 || IsComment(Text))
                continue;
            bool isHeader = _atTop && _options.HasHeader && !_includeHeader;
            _atTop = false;
            if (!isHeader)
                return true;
        }
        return false;
    }

    public void Dispose() => _reader?.Dispose();

    private bool NextLine()
    {
        while (true)
        {
            Text = _reader == null ? null : ReadLine();
            if (Text != null)
                return true;
            _reader?.Dispose();
            _reader = null;
            if (++_file >= _source.Count)
                return false;
            _reader = _source.OpenTextReader(_file);
            _atTop = true;
            _physicalLine = 0;
        }
    }

    private string ReadLine()
    {
        string line = ReadPhysicalLine();
        Line = _physicalLine;
        if (!_options.ReadMultilines || string.IsNullOrEmpty(line) || IsComment(line) || !EndsInsideQuotes(line, false))
            return line;
        var text = new StringBuilder(line);
        do
        {
            line = ReadPhysicalLine() ?? throw new EndOfStreamException($"A quoted field opened on line {Line} was never closed, "
                + "and we've read to the last line in the file without finding the closing quote");
            text.Append('\n').Append(line);
        }
        while (EndsInsideQuotes(line, true));
        return text.ToString();
    }

    private string ReadPhysicalLine()
    {
        _physicalLine++;
        return _reader.ReadLine();
    }

    private bool IsComment(string line) => line.StartsWith("//", StringComparison.Ordinal) || (_atTop && line[0] == '#');

    private bool EndsInsideQuotes(string line, bool startsInside)
    {
        int position = 0;
        bool isBad = false;
        bool inside = ScanField(line, ref position, startsInside, ref isBad);
        while (position < line.Length)
        {
            inside = ScanField(line, ref position, false, ref isBad);
            if (isBad)
                return false;
            while (position < line.Length && _options.Separators.Contains(line[position]))
                position++;
        }
        return inside;
    }

    // Whether the field goes on in the next line. What follows a badly quoted field does not count.
    private bool ScanField(string line, ref int position, bool inside, ref bool isBad)
    {
        if (!inside)
        {
            SkipSpaces(line, ref position);
            if (position >= line.Length || line[position] != '"')
            {
                int length = line.AsSpan(position).IndexOfAny(_options.Separators);
                position = length < 0 ? line.Length : position + length;
                return false;
            }
            position++;
        }
        if (!SkipQuoted(line, ref position))
            return true;
        SkipSpaces(line, ref position);
        isBad = position < line.Length && !_options.Separators.Contains(line[position]);
        return false;
    }

    /// <summary>Moves behind the closing quote; false where there is none.</summary>
    private bool SkipQuoted(string line, ref int position)
    {
        while (position < line.Length)
        {
            char letter = line[position++];
            bool isEscape = letter == _options.EscapeChar && (letter != '"' || (position < line.Length && line[position] == '"'));
            if (isEscape)
                position++;
            else if (letter == '"')
                return true;
        }
        return false;
    }

    private void SkipSpaces(string line, ref int position)
    {
        while (position < line.Length && line[position] == ' ' && !_options.Separators.Contains(' '))
            position++;
    }
}

using System.Text;
using Microsoft.ML.Runtime;

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

    public TextLines(IMultiStreamSource source, TextLoader.Options options, bool includeHeader)
    {
        _source = source;
        _options = options;
        _includeHeader = includeHeader;
    }

    public string Text { get; private set; }

    /// <summary>The line's number in its file, from 1.</summary>
    public long Line { get; private set; }

    public string Path => _source.GetPathOrNull(_file);

    public bool MoveNext()
    {
        while (NextLine())
        {
            if (Text.Length == 0 || Text.StartsWith("//", StringComparison.Ordinal) || (_atTop && Text[0] == '#'))
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
            Line = 0;
        }
    }

    private string ReadLine()
    {
        string line = _reader.ReadLine();
        Line++;
        if (!_options.ReadMultilines || line == null || !EndsInsideQuotes(line))
            return line;
        long first = Line;
        var text = new StringBuilder(line);
        do
        {
            line = _reader.ReadLine() ?? throw Contracts.Mark(new EndOfStreamException($"A quoted field opened on line {first} was never closed, and we've read to the last line in "
                + "the file without finding the closing quote"));
            Line++;
            text.Append('\n').Append(line);
        }
        while (EndsInsideQuotes(text.ToString()));
        return text.ToString();
    }

    // A quote opens a field only at its start.
    private bool EndsInsideQuotes(string text)
    {
        bool inside = false;
        bool atStart = true;
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (inside)
            {
                if (letter == _options.EscapeChar && letter != '"')
                    i++;
                else if (letter == '"')
                    inside = false;
                continue;
            }
            bool reopens = letter == '"' && i > 0 && text[i - 1] == '"' && _options.EscapeChar == '"' && !atStart;
            inside = letter == '"' && (atStart || reopens);
            atStart = _options.Separators.Contains(letter) || (atStart && letter == ' ');
        }
        return inside;
    }
}

using System.Security;
using System.Text;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Reports;

/// <summary>
/// A page of tables, curves and images in one HTML file: nothing is fetched, and no script runs.
/// </summary>
/// <remarks>
/// The page follows the reader's choice of light or dark, fits narrow screens, and has a text for each image. Characters that
/// mean something in HTML are escaped.
/// </remarks>
public sealed class HtmlReport
{
    private readonly StringBuilder _body = new();
    private readonly string _title;

    /// <summary>Makes a page.</summary>
    /// <param name="title">The page's title.</param>
    /// <param name="introduction">What the page is about, one paragraph; empty for none.</param>
    public HtmlReport(string title, string introduction = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        ArgumentNullException.ThrowIfNull(introduction);
        _title = title;
        Add("h1", title);
        AddText(introduction);
    }

    /// <summary>Adds a heading and the text under it.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="text">One paragraph in plain words; empty for none.</param>
    /// <returns>This page.</returns>
    public HtmlReport AddSection(string title, string text = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        Add("h2", title);
        return AddText(text);
    }

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">The paragraph; nothing is added where it is empty.</param>
    /// <returns>This page.</returns>
    public HtmlReport AddText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > 0)
            Add("p", text);
        return this;
    }

    /// <summary>Adds a table.</summary>
    /// <param name="caption">What the table shows.</param>
    /// <param name="columns">The columns' titles, one or more; the first column holds the titles of the lines.</param>
    /// <param name="lines">The lines, each with a cell a column.</param>
    /// <returns>This page.</returns>
    /// <exception cref="ArgumentException">There are no columns, or a line has another number of cells.</exception>
    public HtmlReport AddTable(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> lines)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(lines);
        if (columns.Count == 0)
            throw new ArgumentException("A table needs one column or more.", nameof(columns));
        var rows = lines.ToArray();
        if (Array.Find(rows, line => line.Count != columns.Count) is { } odd)
            throw new ArgumentException(
                $"Each line of the table '{caption}' needs {columns.Count} cells, one a column, but one has "
                + $"{odd.Count}.", nameof(lines));
        _body.Append("<div class=\"wide\"><table>");
        Add("caption", caption);
        _body.Append("<thead><tr>");
        // Columns of words begin at the left and may break; numbers are aligned and do not.
        bool HasNumbers(int cell) => Array.Exists(rows, line => line[cell].Any(char.IsAsciiDigit));
        var words = columns.Select((_, cell) => HasNumbers(cell) ? "" : " class=\"words\"").ToArray();
        for (var cell = 0; cell < columns.Count; cell++)
            Add("th", columns[cell], $" scope=\"col\"{words[cell]}");
        _body.Append("</tr></thead>\n<tbody>");
        foreach (var line in rows)
        {
            _body.Append("<tr>");
            for (var cell = 0; cell < line.Count; cell++)
                Add(cell == 0 ? "th" : "td", line[cell], cell == 0 ? " scope=\"row\"" : words[cell]);
            _body.Append("</tr>\n");
        }
        _body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>Adds curves in one frame, with their numbers as text for screen readers.</summary>
    /// <param name="caption">What the curves show.</param>
    /// <param name="across">The title of the horizontal axis.</param>
    /// <param name="upwards">The title of the vertical axis, from 0 to 1.</param>
    /// <param name="curves">The curves by name, each with two points or more, ascending.</param>
    /// <returns>This page.</returns>
    /// <exception cref="ArgumentException">
    /// There are no curves, or one has fewer than two points, or points that are not finite or outside 0 to 1.
    /// </exception>
    public HtmlReport AddCurves(
        string caption,
        string across,
        string upwards,
        IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> curves)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(across);
        ArgumentNullException.ThrowIfNull(upwards);
        ArgumentNullException.ThrowIfNull(curves);
        var drawing = HtmlCurves.Draw(caption, across, upwards, curves);
        _body.Append("<figure>").Append(drawing);
        Add("figcaption", caption);
        _body.Append("</figure>\n");
        return this;
    }

    /// <summary>Adds images in small tables, side by side where the screen is wide enough.</summary>
    /// <param name="caption">The text over all the images.</param>
    /// <param name="tables">The tables.</param>
    /// <returns>This page.</returns>
    /// <exception cref="ArgumentException">
    /// A line of a table has another number of images than the table has columns.
    /// </exception>
    public HtmlReport AddImages(string caption, params ImageTable[] tables)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(tables);
        foreach (var table in tables)
        {
            ArgumentNullException.ThrowIfNull(table, nameof(tables));
            var odd = table.Lines.FirstOrDefault(line => line.Images.Count != table.Columns.Count);
            if (odd is { Images: { } images, Title: var title })
                throw new ArgumentException(
                    $"Each line of the images '{table.Title}' needs {table.Columns.Count} images, one a column, but "
                    + $"'{title}' has {images.Count}.", nameof(tables));
        }
        AddText(caption);
        _body.Append("<div class=\"cards\">\n");
        foreach (var table in tables)
            Add(table);
        _body.Append("</div>\n");
        return this;
    }

    /// <summary>Writes the page: beside the file first, then renamed.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.CheckWritable(path);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToString())));
    }

    /// <summary>Returns the page.</summary>
    /// <returns>HTML.</returns>
    public override string ToString() => HtmlPage.Of(Escape(_title), _body.ToString());

    internal static string Escape(string text) => SecurityElement.Escape(text);

    private void Add(ImageTable table)
    {
        _body.Append("<table class=\"images\">");
        Add("caption", table.Title);
        if (table.Columns.Any(column => column.Length > 0))
        {
            _body.Append("<thead><tr><td></td>");
            foreach (var column in table.Columns)
                Add("th", column, " scope=\"col\"");
            _body.Append("</tr></thead>\n");
        }
        _body.Append("<tbody>");
        foreach (var (title, images) in table.Lines)
        {
            _body.Append("<tr>");
            Add("th", title, " scope=\"row\"");
            for (var column = 0; column < images.Count; column++)
            {
                var image = images[column];
                var parts = new[] { table.Title, title, table.Columns[column] }.Where(part => part.Length > 0);
                _body.Append("<td><img alt=\"").Append(Escape(string.Join(", ", parts)))
                    .Append("\" width=\"").Append(image.Width).Append("\" height=\"").Append(image.Height)
                    .Append("\" src=\"data:image/png;base64,").Append(Convert.ToBase64String(image.ToPng())).Append("\"></td>");
            }
            _body.Append("</tr>\n");
        }
        _body.Append("</tbody></table>\n");
    }

    private void Add(string tag, string text, string attributes = "") =>
        _body.Append('<').Append(tag).Append(attributes).Append('>').Append(Escape(text)).Append("</").Append(tag).Append(">\n");
}

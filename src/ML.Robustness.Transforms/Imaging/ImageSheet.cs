using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Draws rows of data on one sheet: a line a row, its images side by side.</summary>
internal static class ImageSheet
{
    internal static RgbImage Draw(
        IDataView data, IReadOnlyList<string> columnNames, int rows, ImageGrid grid, ValueRange range, ColorOrder colorOrder)
    {
        PixelColumn[] columns = [.. columnNames.Select(name => PixelColumn.Find(data.Schema, name, range, colorOrder, null))];
        using var cursor = data.GetRowCursor(columns.Select(column => column.Column));
        var readers = Array.ConvertAll(columns, column => column.Reader(cursor));
        var cells = new List<RgbImage>();
        while (cells.Count < (long)rows * columns.Length && cursor.MoveNext())
        {
            foreach (var (column, read) in columns.Zip(readers))
            {
                var cell = read();
                cells.Add(cell);
                if ((cell.Width, cell.Height) != (cells[0].Width, cells[0].Height))
                {
                    throw new InvalidOperationException(
                        $"Images on a sheet must be of one size, but row {cursor.Position} of column '{column.Column.Name}' " +
                            $"has {cell}, and the first, of column '{columnNames[0]}', has {cells[0]}. " +
                        "Resize images with ResizeImages, or enlarge all columns alike.");
                }
            }
        }

        if (cells.Count == 0)
            throw new InvalidOperationException(
                "There are no rows to show. Check the path of the data, and the filters before this call.");
        return grid.Draw(cells, columns.Length);
    }
}

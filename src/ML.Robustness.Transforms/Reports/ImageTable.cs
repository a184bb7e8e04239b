using ML.Robustness.Imaging;

namespace ML.Robustness.Transforms.Reports;

/// <summary>Images in lines and columns under one title, for <see cref="HtmlReport.AddImages"/>.</summary>
/// <param name="Title">The common title of the images, for example their row.</param>
/// <param name="Columns">The columns' titles; empty ones are not shown.</param>
/// <param name="Lines">The lines: a title and an image a column.</param>
public sealed record ImageTable(
    string Title, IReadOnlyList<string> Columns, IReadOnlyList<(string Title, IReadOnlyList<RgbImage> Images)> Lines);

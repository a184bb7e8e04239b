using ML.Robustness.Imaging;

namespace ML.Robustness.Transforms.Reports;

/// <summary>Pictures in lines and columns under one title, as <see cref="HtmlReport.AddImages"/> shows them.</summary>
/// <param name="Title">What the pictures have in common, for example the row they explain.</param>
/// <param name="Columns">The columns' titles; empty ones are not shown.</param>
/// <param name="Lines">The lines: a title and a picture a column.</param>
public sealed record ImageTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<(string Title, IReadOnlyList<RgbImage> Pictures)> Lines);

namespace ML.Robustness.Transforms.Reports;

/// <summary>The progress of a report of models.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Work">The kind of work that is done with it.</param>
/// <param name="Share">
/// The share of the whole report that is done, 0 to 1, each model and kind of work counted alike; it never falls.
/// </param>
public sealed record ModelReportProgress(string Model, string Work, double Share);

namespace ML.Robustness.AttackSuites;

/// <summary>What one attack of a suite achieved.</summary>
/// <param name="Name">The attack as text; a number in brackets tells equal ones apart.</param>
/// <param name="RowsAttacked">The rows it was run on.</param>
/// <param name="Successes">How many of them it fooled the network on.</param>
/// <param name="AccuracyAfter">The share of all rows that withstood this attack and those before it, 0 to 1.</param>
/// <param name="Accuracy">
/// The share of all rows that withstood this attack; null where it only ran on what those before it had left robust.
/// </param>
/// <param name="Queries">The rows it sent through the network.</param>
/// <param name="GradientQueries">How many of these asked for a gradient; none tells an attack that needs no gradients.</param>
/// <param name="Duration">How long it ran.</param>
public sealed record AttackStatistics(
    string Name, long RowsAttacked, long Successes, double AccuracyAfter, double? Accuracy, long Queries, long GradientQueries,
    TimeSpan Duration);

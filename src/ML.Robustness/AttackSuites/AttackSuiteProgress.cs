namespace ML.Robustness.AttackSuites;

/// <summary>Where a suite of attacks stands.</summary>
/// <param name="Attack">The attack that is running, as text; empty while the clean rows are classified.</param>
/// <param name="Index">Its place in the suite, from zero.</param>
/// <param name="Attacks">The number of attacks.</param>
/// <param name="Done">The rows it is done with.</param>
/// <param name="Rows">The rows it runs on.</param>
/// <param name="Robust">
/// The rows of the data set that are classified rightly and that no attack has fooled the network on yet.
/// </param>
/// <param name="Share">
/// The share that is done, 0 to 1, of the whole suite, each attack counted alike; in an evaluation, of its curve and checks, too.
/// It never falls, and is told at each batch and, within one, about every second.
/// </param>
public sealed record AttackSuiteProgress(string Attack, int Index, int Attacks, long Done, long Rows, long Robust, double Share);

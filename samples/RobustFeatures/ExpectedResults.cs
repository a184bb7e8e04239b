namespace RobustFeatures;

/// <summary>The expected result of each data set, as comparisons that must lie outside the range of the seeds.</summary>
internal static class ExpectedResults
{
    private const double Chance = 0.1, Clearly = 0.05;

    /// <summary>Whether the expected result of a data set was found.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="of">The accuracies of networks, by data set.</param>
    /// <param name="byPattern">
    /// The shares of rows decided by the pattern, by data set; empty where features are not known.
    /// </param>
    public static bool Hold(
        string set, IReadOnlyDictionary<string, SeedResults> of, IReadOnlyDictionary<string, double[]> byPattern) => set switch
        {
            "D" => byPattern.Count == 0 ? of["D adversarial"].Robust.Min() > of["D"].Robust.Max()
                : SeedResults.IsAbove(byPattern["D"], byPattern["D adversarial"]),
            "D adversarial" => SeedResults.IsAbove(of[set].Robust, of["D"].Robust),
            "Robust" => SeedResults.IsAbove(of[set].Robust, of["D"].Robust)
                && SeedResults.IsAbove(of[set].Robust, of["NonRobust"].Robust)
                && (byPattern.Count == 0 || SeedResults.IsAbove(byPattern["D"], byPattern[set])),
            "NonRobust" => SeedResults.IsAbove(of["Robust"].Robust, of[set].Robust),
            "ShiftedLabels" => AboveChance(of[set].Clean)
                && (byPattern.Count == 0 || SeedResults.IsAbove(byPattern[set], byPattern["D adversarial"])),
            "LeakageControl" => AboveChance(of[set].Clean),
            "NonTransferable" => SeedResults.IsAbove(of["ShiftedLabels"].Clean, of[set].Clean),
            _ => AboveChance(of[set].Clean),
        };

    private static bool AboveChance(double[] clean) => clean.Min() > Chance + Clearly;
}

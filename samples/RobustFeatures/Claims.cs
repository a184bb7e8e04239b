namespace RobustFeatures;

/// <summary>What each set is expected to show, as comparisons that must lie outside the spread of the seeds.</summary>
internal static class Claims
{
    private const double Chance = 0.1, Clearly = 0.05;

    /// <param name="set">The set.</param>
    /// <param name="of">What networks reached, by set.</param>
    /// <param name="byPattern">How many rows of known features they say by the pattern, by set; empty where features are not known.</param>
    public static bool Hold(string set, IReadOnlyDictionary<string, Outcome> of, IReadOnlyDictionary<string, double[]> byPattern) => set switch
    {
        "D" => byPattern.Count == 0 ? of["D adversarial"].Robust.Min() > of["D"].Robust.Max() : Outcome.IsAbove(byPattern["D"], byPattern["D adversarial"]),
        "D adversarial" => Outcome.IsAbove(of[set].Robust, of["D"].Robust),
        "Robust" => Outcome.IsAbove(of[set].Robust, of["D"].Robust) && Outcome.IsAbove(of[set].Robust, of["NonRobust"].Robust)
            && (byPattern.Count == 0 || Outcome.IsAbove(byPattern["D"], byPattern[set])),
        "NonRobust" => Outcome.IsAbove(of["Robust"].Robust, of[set].Robust),
        "ShiftedLabels" => AboveChance(of[set].Clean) && (byPattern.Count == 0 || Outcome.IsAbove(byPattern[set], byPattern["D adversarial"])),
        "LeakageControl" => AboveChance(of[set].Clean),
        "NonTransferable" => Outcome.IsAbove(of["ShiftedLabels"].Clean, of[set].Clean),
        _ => AboveChance(of[set].Clean),
    };

    private static bool AboveChance(double[] clean) => clean.Min() > Chance + Clearly;
}

namespace RobustFeatures;

/// <summary>What networks trained on one set reached, one number a seed.</summary>
internal sealed record Outcome(string Set, double[] Clean, double[] Robust)
{
    public static string Show(double[] values) => $"{values.Average():P1} ({values.Min():P1} to {values.Max():P1})";

    /// <summary>Whether all of the one are above all of the other, by more than the width of either.</summary>
    public static bool IsAbove(double[] one, double[] other) => one.Min() - other.Max() > Math.Max(one.Max() - one.Min(), other.Max() - other.Min());
}

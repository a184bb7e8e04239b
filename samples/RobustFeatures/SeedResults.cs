namespace RobustFeatures;

/// <summary>The accuracies of networks trained on one data set, one number a seed.</summary>
internal sealed record SeedResults(string DataSet, double[] Clean, double[] Robust)
{
    public static string Format(double[] values) => $"{values.Average():P1} ({values.Min():P1} to {values.Max():P1})";

    /// <summary>Whether all of the one are above all of the other, by more than the range of either.</summary>
    public static bool IsAbove(double[] one, double[] other) =>
        one.Min() - other.Max() > Math.Max(one.Max() - one.Min(), other.Max() - other.Min());
}

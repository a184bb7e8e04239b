namespace ML.Robustness.TreeEnsembles;

/// <summary>The forms of several classes' scores, with ML.NET's order of operations and roundings.</summary>
internal static class ScoreForms
{
    internal static void ToProbabilities(float[] scores, PlattScaling[] calibrations)
    {
        var sum = 0.0;
        for (var index = 0; index < scores.Length; index++)
        {
            var (slope, offset) = calibrations[index];
            scores[index] = (float)(1 / (1 + Math.Exp(slope * scores[index] + offset)));
            sum += scores[index];
        }
        for (var index = 0; index < scores.Length && sum > 0; index++)
            scores[index] = (float)(scores[index] / sum);
    }

    internal static void ToSoftmax(float[] scores)
    {
        var powers = Array.ConvertAll(scores, score => Math.Exp(score));
        var sum = 0.0;
        foreach (var power in powers)
            sum += power;
        for (var index = 0; index < scores.Length; index++)
            scores[index] = (float)(powers[index] / sum);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Samples.Shared;

namespace RobustFeatures;

/// <summary>
/// Drawn digits whose features are known, strokes and a faint pattern, and a measure of which of the two a network uses.
/// </summary>
internal static class KnownFeatures
{
    private const double Amplitude = 8 / 255.0, Agreement = 0.9;

    public static string Description { get; } =
        $"digits with strokes (they show the label in {Agreement:P0} of the training rows) "
        + "and a pattern of ±8/255 a pixel (always the label's; 40 · 8/255 = 1.26 in L2 from another's)";

    public static Images Draw(MLContext ml, int trainRows, int testRows) => new(
        "drawn digits with pattern, seed 1",
        Rows(ml, trainRows, 1, DigitPattern.OfLabel, Agreement),
        Rows(ml, testRows, 2, DigitPattern.OfLabel));

    /// <summary>The share of rows with the pattern of the digit (label + 3) mod 10 that a network takes for that digit.</summary>
    public static double ShareDecidedByPattern(MLContext ml, ITransformer network, int testRows)
    {
        var scored = network.Transform(Rows(ml, testRows, 2, DigitPattern.OfOtherDigit));
        var answers = scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel")).ToList();
        return (double)answers.Count(row => row.Second - 1 == (row.First - 1 + 3) % 10) / answers.Count;
    }

    private static IDataView Rows(MLContext ml, int count, int seed, DigitPattern pattern, double agreement = 1) =>
        ml.Data.GenerateDigitsWithPattern(count, seed, Amplitude, pattern, agreement, outputAsFloatArray: false);
}

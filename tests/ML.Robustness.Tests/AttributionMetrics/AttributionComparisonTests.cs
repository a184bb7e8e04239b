using ML.Robustness.AttributionMetrics;

namespace ML.Robustness.Tests.AttributionMetrics;

public sealed class AttributionComparisonTests
{
    [Fact]
    public void RowMean_IsMeanAndStandardError()
    {
        var mean = MeanWithError.Of([1, 2, 3, 6]);
        // Variance (4 + 1 + 0 + 9) / 3, over 4 rows.
        Assert.Equal(3, mean.Mean, 12);
        Assert.Equal(Math.Sqrt(14 / 3.0 / 4), mean.StandardError, 12);
        Assert.Equal(3 - 1.959963984540054 * mean.StandardError, mean.Low, 12);
        Assert.Equal(3 + 1.959963984540054 * mean.StandardError, mean.High, 12);
        Assert.Equal("3 ± 2.1", mean.ToString());
        Assert.Equal(new MeanWithError(5, 0), MeanWithError.Of([5]));
        Assert.Throws<ArgumentException>(() => MeanWithError.Of([]));
    }

    [Fact]
    public void ToString_HasALineForEachMeasureAndSaysWhatIsBetter()
    {
        var comparison = new AttributionComparison([("standard", Report(0.25)), ("adversarial", Report(0.5))]);
        var lines = comparison.ToString().Split(Environment.NewLine);
        Assert.Equal("Attributions by Saliency, 10 rows, means ± half of the 95 % interval", lines[0]);
        var line = Assert.Single(lines, line => line.StartsWith("Input-gradient alignment ", StringComparison.Ordinal));
        Assert.Equal("Input-gradient alignment   ||      0.25 ± 0.02 |       0.5 ± 0.02 | higher", line);
        Assert.EndsWith("| lower", Assert.Single(lines, line => line.StartsWith("Deletion area ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.EndsWith("| higher", Assert.Single(lines, line => line.StartsWith("Insertion area ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Contains("Sanity check               ||          0.1 ± 0 |          0.1 ± 0 | lower", lines);
        Assert.Contains("Deletion area: the class is soon lost as the most important pixels are removed.", lines);
        Assert.Equal(["standard", "adversarial"], comparison.Names);
        Assert.Equal(0.5, comparison["adversarial"].InputGradientAlignment.Mean);
        Assert.Contains("'standard', 'adversarial'", Assert.Throws<KeyNotFoundException>(() => comparison["other"]).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Measures_WithoutNeighboursOrCheck_AreLeftOut()
    {
        Assert.Equal(8, Report(0.1).Measures.Count);
        Assert.Equal(6, (Report(0.1) with { TotalVariation = null, SanityCheck = [] }).Measures.Count);
        Assert.Contains("Saliency", Report(0.1).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ReportsThatDoNotBelongTogether_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new AttributionComparison([]));
        Assert.Throws<ArgumentException>(() => new AttributionComparison([("one", Report(1)), ("one", Report(1))]));
        var error = Assert.Throws<ArgumentException>(
            () => new AttributionComparison([("one", Report(1)), ("two", Report(1) with { Rows = 9 })]));
        Assert.Contains("'one' was explained by Saliency on 10 rows, but 'two' by Saliency on 9", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => new AttributionComparison([("one", Report(1)), ("two", Report(1) with { Method = "Occlusion" })]));
    }

    private static AttributionQualityReport Report(double agreement) => new()
    {
        Method = "Saliency",
        Rows = 10,
        Infidelity = default,
        NormalizedInfidelity = default,
        SensitivityMax = default,
        DeletionArea = default,
        InsertionArea = default,
        InputGradientAlignment = new MeanWithError(agreement, 0.01),
        TotalVariation = new MeanWithError(1.5, 0),
        SanityCheck = [new LayerCorrelation("output", new MeanWithError(0.9, 0)),
            new LayerCorrelation("first", new MeanWithError(0.1, 0))],
    };
}

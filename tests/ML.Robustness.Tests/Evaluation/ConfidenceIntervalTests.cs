using ML.Robustness.Evaluation;

namespace ML.Robustness.Tests.Evaluation;

public sealed class ConfidenceIntervalTests
{
    // Newcombe (1998), table I, method 3, and the ends.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(20, 20, 0.8389, 1)]
    public void Wilson_GivesThePublishedInterval(long hits, long rows, double low, double high)
    {
        var interval = ConfidenceInterval.Wilson(hits, rows);
        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    [Fact]
    public void Wilson_OfImpossibleCounts_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceInterval.Wilson(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceInterval.Wilson(-1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceInterval.Wilson(4, 3));
    }

    [Fact]
    public void ToString_IsInPercent() => Assert.Equal("[23.7 %, 76.3 %]", ConfidenceInterval.Wilson(5, 10).ToString());
}

using CsCheck;
using ML.Robustness.Trees.Reading;

namespace ML.Robustness.Trees.Tests.Reading;

/// <summary>Thresholds moved through normalisers: the float itself and the next one are on its sides.</summary>
public class RawThresholdTests
{
    private static readonly Gen<(float Scale, float Offset, float Threshold, bool IsTwice)> Cases = Gen.Select(
        Gen.Float[1e-3f, 1e3f], Gen.Float[-100, 100], Gen.Float[-50, 50], Gen.Bool);

    [Fact]
    public void RawThreshold_IsTheLargestFloatOnTheLeft() => PropertyCheck.Holds(Cases, entry =>
    {
        AffineStage stage = new(entry.Scale, entry.Offset);
        AffineStage[] stages = entry.IsTwice ? [stage, new(0.37f, null)] : [stage];

        var raw = new FeatureSlot("X", 0, stages).RawThreshold(entry.Threshold);

        Assert.True(Apply(raw) <= entry.Threshold);
        Assert.True(Apply(MathF.BitIncrement(raw)) > entry.Threshold);

        float Apply(float value) => stages.Aggregate(value, (known, next) => next.Apply(known));
    });

    [Theory]
    [InlineData(0, 0.5f, float.PositiveInfinity)]
    [InlineData(0, -0.5f, float.NegativeInfinity)]
    [InlineData(1e-30f, 1e9f, float.PositiveInfinity)]
    public void RawThreshold_WhereAllAreOnOneSide_IsInfinite(float scale, float threshold, float expected) =>
        Assert.Equal(expected, new FeatureSlot("X", 0, [new(scale, null)]).RawThreshold(threshold));

    [Theory]
    [InlineData(0f)]
    [InlineData(-1.5f)]
    [InlineData(2.5f)]
    public void RawThreshold_WithoutNormalisers_OrByOne_IsTheThreshold(float threshold)
    {
        Assert.Equal(threshold, new FeatureSlot("X", 0, []).RawThreshold(threshold));
        Assert.Equal(threshold, new FeatureSlot("X", 0, [new(1, null)]).RawThreshold(threshold));
    }
}

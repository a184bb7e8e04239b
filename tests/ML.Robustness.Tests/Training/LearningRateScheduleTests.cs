using ML.Robustness.Training;

namespace ML.Robustness.Tests.Training;

public class LearningRateScheduleTests
{
    [Fact]
    public void Constant_IsOne() =>
        Assert.All(Enumerable.Range(0, 10), i => Assert.Equal(1, LearningRateSchedule.Constant.Factor(i, 10)));

    [Fact]
    public void Cosine_IsHalfACosine()
    {
        var cosine = LearningRateSchedule.Cosine;
        Assert.Equal(1, cosine.Factor(0, 200), 12);
        Assert.Equal((1 + Math.Sqrt(0.5)) / 2, cosine.Factor(50, 200), 12);
        Assert.Equal(0.5, cosine.Factor(100, 200), 12);
        Assert.Equal((1 - Math.Sqrt(0.5)) / 2, cosine.Factor(150, 200), 12);
        Assert.InRange(cosine.Factor(199, 200), 1e-9, 1e-4);
    }

    [Fact]
    public void Step_MultipliesFromEachMilestoneOn()
    {
        var step = LearningRateSchedule.Step([0.5, 0.75], 0.1);
        Assert.Equal(1, step.Factor(99, 200));
        Assert.Equal(0.1, step.Factor(100, 200), 12);
        Assert.Equal(0.1, step.Factor(149, 200), 12);
        Assert.Equal(0.01, step.Factor(150, 200), 12);
        Assert.Equal(0.01, step.Factor(199, 200), 12);
    }

    [Fact]
    public void OneCycle_RisesAndFallsInStraightLinesAndIsNeverZero()
    {
        var cycle = LearningRateSchedule.OneCycle(0.25);
        Assert.Equal(0.5 / 25, cycle.Factor(0, 100), 12);
        Assert.Equal(12.5 / 25, cycle.Factor(12, 100), 12);
        Assert.Equal(24.5 / 25, cycle.Factor(24, 100), 12);
        Assert.Equal(74.5 / 75, cycle.Factor(25, 100), 12);
        Assert.Equal(0.5 / 75, cycle.Factor(99, 100), 12);
        Assert.Equal(LearningRateSchedule.OneCycle(0.5).Factor(3, 40), LearningRateSchedule.OneCycle(0.5).Factor(36, 40), 12);
    }

    [Fact]
    public void Step_MilestonesThatDoNotRise_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() => LearningRateSchedule.Step([0.5, 0.5]));
        Assert.StartsWith("Milestones are rising fractions of the run from 0 to 1, but are [0.5, 0.5].", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LearningRateSchedule.Step([1.5]));
        Assert.Throws<ArgumentException>(() => LearningRateSchedule.Step([double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Step([0.5], 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void OneCycle_PeakAtAnEnd_Throws(double peak) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.OneCycle(peak));
}

using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>Goals whose targets depend on the network's word on the clean rows.</summary>
public class AttackGoalTests
{
    private static readonly double[] Logits = [3, 1, 2, -5, /**/ -1, 4, 0, 9, /**/ -7, 0, 1, 2];
    private static readonly long[] Labels = [0, 1, 0];

    [Fact]
    public void LeastLikely_IsTheLowestOtherClass() =>
        // In the last row the label itself is the least likely: the next one is taken.
        Assert.Equal([3, 0, 1], Resolve(AttackGoal.LeastLikely));

    [Theory]
    [InlineData(1, new long[] { 2, 3, 3 })]
    [InlineData(2, new long[] { 1, 2, 2 })]
    [InlineData(3, new long[] { 3, 0, 1 })]
    public void KthLikely_CountsTheOtherClassesOnly(int k, long[] expected) =>
        Assert.Equal(expected, Resolve(labels => AttackGoal.KthLikely(labels, k)));

    [Fact]
    public void KthLikely_BeyondTheClasses_Throws()
    {
        Assert.Contains("but the network has 4 classes: the rank must lie in 1…3",
            Assert.Throws<ArgumentException>(() => Resolve(labels => AttackGoal.KthLikely(labels, 4))).Message);
        using var labels = tensor(Labels);
        Assert.Throws<ArgumentOutOfRangeException>(() => AttackGoal.KthLikely(labels, 0));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void RandomOther_DrawsTheOtherClassesEvenly(int classes)
    {
        using var scope = NewDisposeScope();
        var labels = arange(6000).remainder(classes).to(ScalarType.Int64);
        var goal = AttackGoal.RandomOther(labels).Resolve(zeros(6000, classes), new RowRandom(3));
        var steps = goal.Labels.sub(labels).add(classes).remainder(classes).data<long>().ToArray();
        Assert.DoesNotContain(0L, steps);
        for (var step = 1; step < classes; step++)
            Assert.Equal(1.0 / (classes - 1), steps.Count(value => value == step) / 6000.0, 0.025);
        // A row's target is its own, whatever batch it is in.
        var single = AttackGoal.RandomOther(labels.narrow(0, 77, 1)).Resolve(zeros(1, classes), new RowRandom(3, 77));
        Assert.Equal(goal.Labels[77].item<long>(), single.Labels[0].item<long>());
        Assert.Equal(goal.Labels.data<long>().ToArray(),
            AttackGoal.RandomOther(labels)
                .Resolve(zeros([6000, classes], ScalarType.Float64), new RowRandom(3)).Labels.data<long>().ToArray());
    }

    [Theory]
    [InlineData("least likely")]
    [InlineData("second likely")]
    [InlineData("random")]
    public void Perturb_AimsAtTheResolvedTargets(string name)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(new ProjectedGradientDescent(ThreatModel.L2(0.8)) { Steps = 6, BatchSize = 4 });
        AttackGoal Open() => name switch
        {
            "least likely" => AttackGoal.LeastLikely(problem.Labels),
            "random" => AttackGoal.RandomOther(problem.Labels),
            _ => AttackGoal.KthLikely(problem.Labels, 2),
        };
        var random = new RowRandom(5);
        var resolved = Open().Resolve(problem.Network.call(problem.Inputs), random);
        using var expected = problem.Attack.Perturb(problem.Network, problem.Inputs,
            AttackGoal.Targeted(resolved.Labels, problem.Labels), random);
        using var found = problem.Attack.Perturb(problem.Network, problem.Inputs, Open(), random);
        Assert.Equal(AttackContractTests.Values(expected.Inputs), AttackContractTests.Values(found.Inputs));
        Assert.Equal(expected.Success.data<bool>().ToArray(), found.Success.data<bool>().ToArray());
        Assert.InRange(found.SuccessRate, 0.05, 1);
        var crafted = problem.Attack.Generate(problem.Network, problem.Inputs, Open(), random);
        Assert.Equal(AttackContractTests.Values(expected.Inputs), AttackContractTests.Values(crafted));
    }

    [Fact]
    public void IsReached_OfAnOpenGoal_Throws()
    {
        using var scope = NewDisposeScope();
        var goal = AttackGoal.LeastLikely(tensor(Labels));
        Assert.True(goal.NeedsTargets && goal.IsTargeted);
        Assert.Equal(
            "The targets of this goal depend on the network's outputs: judge with SearchContext.Goal, whose targets are known.",
            Assert.Throws<InvalidOperationException>(() => goal.IsReached(zeros(3, 4))).Message);
        var closed = AttackGoal.Untargeted(tensor(Labels));
        Assert.Same(closed, closed.Resolve(zeros(3, 4), new RowRandom(1)));
        Assert.True(goal.Select(tensor(new[] { 1L })).NeedsTargets);
    }

    [Fact]
    public void Targeted_AtTheLabel_NamesTheRow()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(
            () => AttackGoal.Targeted(tensor(new long[] { 2, 3, 1 }), tensor(new long[] { 0, 3, 0 })));
        Assert.Equal("A target must differ from the label, but both are class 3 in row 1 of the batch. (Parameter 'targets')",
            error.Message);
        Assert.Contains("2 targets but 3 labels",
            Assert.Throws<ArgumentException>(() => AttackGoal.Targeted(tensor(new long[] { 2, 3 }), tensor(Labels))).Message);
    }

    [Fact]
    public void Perturb_OpenGoalWithLabelsBeyondTheClasses_Throws()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase("PGD", "LInf");
        var labels = full([AttackTestCase.Rows], 7, ScalarType.Int64);
        var error = Assert.Throws<ArgumentException>(
            () => problem.Attack.Perturb(problem.Network, problem.Inputs, AttackGoal.LeastLikely(labels)));
        Assert.Contains("Labels must lie in 0…2", error.Message);
    }

    private static long[] Resolve(Func<Tensor, AttackGoal> create)
    {
        using var scope = NewDisposeScope();
        return create(tensor(Labels)).Resolve(tensor(Logits).view(3, 4), new RowRandom(1)).Labels.data<long>().ToArray();
    }
}

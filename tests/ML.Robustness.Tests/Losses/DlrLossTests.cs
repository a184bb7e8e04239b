using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Losses;

public class DlrLossTests
{
    [Fact]
    public void Untargeted_IsTheMarginOverTheSpreadOfThreeLogits()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 5.0, 1, 4, 2, /**/ 5, 1, 4, 2 }).view(2, 4);
        var loss = AttackLoss.Dlr.Evaluate(logits, tensor(new[] { 0L, 3 })).data<double>().ToArray();
        Assert.Equal((4 - 5) / (5 - 2.0), loss[0], 1e-9);
        Assert.Equal((5 - 2) / (5 - 2.0), loss[1], 1e-9);
    }

    [Fact]
    public void Targeted_IsTheMarginOfTheTargetOverTheSpreadOfFourLogits()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 5.0, 1, 4, 2, -3 }).view(1, 5);
        var loss = new DlrLoss(tensor(new[] { 3L })).Evaluate(logits, tensor(new[] { 0L })).item<double>();
        Assert.Equal((2 - 5) / (5 - (2 + 1) / 2.0), loss, 1e-9);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(10, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(10, true)]
    public void ShiftAndScaleOfTheLogits_ChangeNothing(int classes, bool targeted)
    {
        using var scope = NewDisposeScope();
        var logits = new RowRandom(1).Normal(zeros([30, classes], ScalarType.Float64));
        var labels = arange(30).remainder(classes).to(ScalarType.Int64);
        AttackLoss loss = targeted ? new DlrLoss(labels.add(1).remainder(classes)) : AttackLoss.Dlr;
        var plain = loss.Evaluate(logits, labels);
        Assert.True(loss.Evaluate(logits.mul(37).add(-11), labels).allclose(plain, 1e-9, 1e-9));
        Assert.True(loss.Evaluate(logits.mul(0.01).add(3), labels).allclose(plain, 1e-6, 1e-6));
        // Within ±1 where the spread is of the same logits as the margin.
        if (!targeted)
            Assert.InRange(plain.abs().max().item<double>(), 0.1, double.MaxValue);
    }

    [Fact]
    public void Gradient_OfTheMarginIsDividedAndTheSpreadTakesPart()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 5.0, 4, 2, 0 }).view(1, 4).requires_grad_(true);
        AttackLoss.Dlr.Evaluate(logits, tensor(new[] { 0L })).sum().backward();
        // f = (b − a) / (a − c): ∂a = (c − b) / (a − c)², ∂b = 1 / (a − c), ∂c = (b − a) / (a − c)².
        var gradient = logits.grad!.data<double>().ToArray();
        double[] expected = [-2 / 9.0, 1 / 3.0, -1 / 9.0, 0];
        for (var i = 0; i < 4; i++)
            Assert.Equal(expected[i], gradient[i], 1e-9);
    }

    [Fact]
    public void FewClasses_FallBackAndSaySo()
    {
        using var scope = NewDisposeScope();
        var targeted = new DlrLoss(tensor(new[] { 1L }));
        var two = tensor(new[] { 1.0, 4 }).view(1, 2);
        Assert.Equal(3, AttackLoss.Dlr.Evaluate(two, tensor(new[] { 0L })).item<double>());
        Assert.Equal(3, targeted.Evaluate(two, tensor(new[] { 0L })).item<double>());
        var three = tensor(new[] { 1.0, 4, 2 }).view(1, 3);
        Assert.Equal(1, targeted.Evaluate(three, tensor(new[] { 0L })).item<double>(), 1e-9);

        Assert.Contains("needs three classes", AttackLoss.Dlr.DescribeLimitation(2));
        Assert.Null(AttackLoss.Dlr.DescribeLimitation(3));
        Assert.Contains("needs three classes", targeted.DescribeLimitation(2));
        Assert.Contains("needs four classes", targeted.DescribeLimitation(3));
        Assert.Null(targeted.DescribeLimitation(4));
        Assert.Null(AttackLoss.CrossEntropy.DescribeLimitation(2));
    }

    [Fact]
    public void Select_TakesTheTargetsAlong()
    {
        using var scope = NewDisposeScope();
        var logits = new RowRandom(2).Normal(zeros([5, 6], ScalarType.Float64));
        var (labels, targets) = (tensor(new long[] { 0, 1, 2, 3, 4 }), tensor(new long[] { 5, 4, 0, 1, 2 }));
        var loss = new DlrLoss(targets);
        var positions = tensor(new long[] { 3, 0 });
        var some = loss.Select(positions).Evaluate(logits.index_select(0, positions), labels.index_select(0, positions));
        Assert.Equal(loss.Evaluate(logits, labels).index_select(0, positions).data<double>().ToArray(),
            some.data<double>().ToArray());
        Assert.Same(AttackLoss.Dlr, AttackLoss.Dlr.Select(positions));
    }

    [Fact]
    public void Targets_OfAnotherType_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("Int64 tensor of shape (N), got Float32 [2]",
            Assert.Throws<ArgumentException>(() => new DlrLoss(zeros(2))).Message);
        Assert.Equal("Dlr", AttackLoss.Dlr.ToString());
    }
}

using ML.Robustness.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Losses;

public class AttackLossTests
{
    private static readonly double[] Logits = [1, 3, 2, /**/ -5, -7, -6, /**/ 2, 2, -1];
    private static readonly long[] Labels = [0, 0, 1];

    [Fact]
    public void CrossEntropy_IsTheNegativeLogProbabilityOfTheLabel()
    {
        var expected = Enumerable.Range(0, 3).Select(row =>
            Math.Log(Logits.Skip(3 * row).Take(3).Sum(Math.Exp)) - Logits[3 * row + Labels[row]]).ToArray();
        AssertLoss(AttackLoss.CrossEntropy, expected);
    }

    [Fact]
    public void Margin_IsTheBestOtherClassLessTheLabel() =>
        // The second row's logits are all negative: a mask that multiplies would take zero for the best other class.
        AssertLoss(AttackLoss.Margin, [2, -1, 0]);

    [Fact]
    public void Margin_Gradient_IsPlusOneAtTheRivalAndMinusOneAtTheLabel()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(Logits[..6]).view(2, 3).requires_grad_(true);
        AttackLoss.Margin.Evaluate(logits, tensor(Labels[..2])).sum().backward();
        Assert.Equal([-1, 1, 0, -1, 0, 1], logits.grad!.data<double>().ToArray());
    }

    [Fact]
    public void TwoClasses_MarginIsTheDifference()
    {
        using var scope = NewDisposeScope();
        var loss = AttackLoss.Margin.Evaluate(tensor(new[] { 1.0, 4, 1, 4 }).view(2, 2), tensor(new[] { 0L, 1 }));
        Assert.Equal([3, -3], loss.data<double>().ToArray());
    }

    [Fact]
    public void ToString_NamesTheLoss()
    {
        Assert.Equal("CrossEntropy", AttackLoss.CrossEntropy.ToString());
        Assert.Equal("Margin", AttackLoss.Margin.ToString());
    }

    private static void AssertLoss(AttackLoss loss, double[] expected)
    {
        using var scope = NewDisposeScope();
        var found = loss.Evaluate(tensor(Logits).view(3, 3), tensor(Labels)).data<double>().ToArray();
        for (var row = 0; row < 3; row++)
            Assert.Equal(expected[row], found[row], 1e-12);
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>The projection onto hyperplane ∩ box against bisection in plain numbers.</summary>
public class FabHyperplaneProjectionTests
{
    public static TheoryData<string, bool> Cases =>
        new() { { "LInf", true }, { "LInf", false }, { "L2", true }, { "L2", false }, { "L1", true }, { "L1", false } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Find_EqualsBisection(string norm, bool isBounded)
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(3);
        var points = random.Uniform(zeros([40, 30], ScalarType.Float64), -0.3, 1.3).clamp(0, 1);
        var normals = random.Derive(1).Normal(points).mul(random.Derive(2).Uniform(points, 0, 1).gt(0.2).to(ScalarType.Float64));
        // From little to nearly all that the box allows, of either sign.
        var most = normals.abs().mul(where(normals.gt(0), ones_like(points).sub(points), points)).sum(1);
        var gains = most.mul(arange(1, 41, ScalarType.Float64).div(42));
        var threatModel = Balls.Of(norm, 1, isBounded ? ValueRange.Unit : ValueRange.Unbounded);
        var forwards = FabHyperplaneProjection.Find(points, normals, gains, threatModel);
        var backwards = FabHyperplaneProjection.Find(points, normals.neg(), gains.neg(), threatModel);
        for (var row = 0; row < 40; row++)
        {
            var (low, high) = isBounded ? (0.0, 1.0) : (double.NegativeInfinity, double.PositiveInfinity);
            var (_, step) = AffineNetwork.Crossing(AttackContractTests.Values(points[row]),
                AttackContractTests.Values(normals[row]), gains[row].item<double>(), norm, low, high);
            AssertValues(step, forwards[row], norm == "LInf" ? 1e-7 : 1e-6);
            AssertValues(AttackContractTests.Values(forwards[row]), backwards[row], 1e-12);
        }
        Assert.True(forwards.mul(normals).sum(1).sub(gains).abs().max().item<double>() < 1e-6);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Find_OutOfReach_GoesAllTheWay(string norm)
    {
        using var scope = NewDisposeScope();
        var step = FabHyperplaneProjection.Find(
            tensor(new[] { 0.2, 0.5, 0.9 }).view(1, 3), tensor(new[] { 2.0, -1, 0 }).view(1, 3), tensor(new[] { 50.0 }),
            Balls.Of(norm, 1, ValueRange.Unit));
        AssertValues([0.8, -0.5, 0], step, 1e-12);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Find_OutOfReachBesideARowStillUnderway_GoesAllTheWay(string norm)
    {
        using var scope = NewDisposeScope();
        var points = tensor(new[] { 0.2f, 0.5f, 0.9f, 0.9f, 0.5f, 0.1f }).view(2, 3);
        var normals = tensor(new[] { 2f, -1, 1, 3, 2, 1 }).view(2, 3);
        var step = FabHyperplaneProjection.Find(points, normals, tensor(new[] { 5000f, 1.2f }),
            Balls.Of(norm, 1, ValueRange.Unit));
        AssertValues([0.8, -0.5, 0.1], step.narrow(0, 0, 1).to(ScalarType.Float64), 1e-6);
        Assert.Equal(1.2, step.select(0, 1).mul(normals.select(0, 1)).sum().item<float>(), 1e-5);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Find_NoGradient_StaysWhereItIs(string norm)
    {
        using var scope = NewDisposeScope();
        foreach (var range in (ValueRange[])[ValueRange.Unit, ValueRange.Unbounded, new(0, double.PositiveInfinity)])
        {
            var step = FabHyperplaneProjection.Find(full([2, 3], 0.5f), zeros(2, 3), tensor(new[] { 1f, -1f }),
                Balls.Of(norm, 1, range));
            Assert.All(step.data<float>().ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Find_TinyGradient_IsADirectionLikeAnyOther(string norm)
    {
        using var scope = NewDisposeScope();
        var normals = new RowRandom(1).Normal(zeros(3, 8));
        var points = full([3, 8], 0.5f);
        var gains = full([3], 0.1f);
        var expected = FabHyperplaneProjection.Find(points, normals, gains, Balls.Of(norm, 1, ValueRange.Unit));
        var found = FabHyperplaneProjection.Find(points, normals.mul(1e-25), gains.mul(1e-25),
            Balls.Of(norm, 1, ValueRange.Unit));
        Assert.True(found.sub(expected).abs().max().item<float>() < 1e-5f);
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    [InlineData("L1")]
    public void Find_Budgets_AreTheUnitsOfTheNorm(string norm)
    {
        using var scope = NewDisposeScope();
        double[] budgets = [1, 0, 0.5, 4];
        var normal = tensor(new[] { 1.0, 9, 2, 0.5 }).view(1, 4);
        var step = FabHyperplaneProjection.Find(zeros([1, 4], ScalarType.Float64), normal, tensor(new[] { 1.0 }),
            Balls.Of(norm, 1, ValueRange.Unbounded).WithBudgets(budgets));
        // In budgets the normal is (1, 0, 1, 2).
        double[] expected = norm switch
        {
            "LInf" => [0.25, 0, 0.125, 1],
            "L2" => [1 / 6.0, 0, 1 / 12.0, 4 / 3.0],
            _ => [0, 0, 0, 2],
        };
        AssertValues(expected, step, 1e-12);
    }

    private static void AssertValues(double[] expected, Tensor found, double tolerance)
    {
        var values = AttackContractTests.Values(found);
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], tolerance);
    }
}

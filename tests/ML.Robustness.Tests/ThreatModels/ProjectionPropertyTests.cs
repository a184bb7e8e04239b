using CsCheck;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.ThreatModels;

/// <summary>What holds of every projection, on random balls, budgets and points.</summary>
public class ProjectionPropertyTests
{
    private const double Tolerance = 1e-9;

    private static readonly Gen<double> Share = Gen.Double[0, 1];

    private sealed record Case(int Norm, double Epsilon, double[] Origin, double[] Candidate, double[]? Budgets)
    {
        internal ThreatModel Model
        {
            get
            {
                var ball = Norm switch
                {
                    0 => ThreatModel.LInf(Epsilon),
                    1 => ThreatModel.L2(Epsilon),
                    _ => ThreatModel.L1(Epsilon),
                };
                return Budgets is null ? ball : ball.WithBudgets(Budgets);
            }
        }

        public override string ToString() =>
            $"{Norm} {Epsilon:R} [{string.Join(' ', Origin)}] [{string.Join(' ', Candidate)}] "
            + $"[{string.Join(' ', Budgets ?? [])}]";
    }

    private static readonly Gen<Case> Cases =
        from length in Gen.Int[1, 7]
        from norm in Gen.Int[0, 2]
        from epsilon in Gen.OneOf(Gen.Const(0.0), Gen.Double[0, 2])
        from origin in Share.Array[length]
        from candidate in Gen.Double[-3, 4].Array[length]
        from hasBudgets in Gen.Bool
        from budgets in Gen.OneOf(Gen.Const(0.0), Gen.Double[0.1, 2]).Array[length]
        where !hasBudgets || budgets.Any(budget => budget > 0)
        select new Case(norm, epsilon, origin, candidate, hasBudgets ? budgets : null);

    [Fact]
    public void Project_StaysInBallRangeAndBudgets_AndChangesNothingTheSecondTime() => PropertyCheck.Holds(Cases, found =>
    {
        using var scope = NewDisposeScope();
        var (model, origin) = (found.Model, Row(found.Origin));
        var once = model.Project(Row(found.Candidate), origin);
        var twice = model.Project(once, origin);
        Assert.True(model.Distance(once, origin).item<double>() <= model.Epsilon + Tolerance);
        var (values, again) = (once.data<double>().ToArray(), twice.data<double>().ToArray());
        Assert.All(values, value => Assert.InRange(value, 0, 1));
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], again[i], Tolerance);
            if (found.Budgets is { } budgets && budgets[i] == 0)
                Assert.Equal(found.Origin[i], values[i]);
        }
    });

    [Fact]
    public void Project_OfAPointInside_IsThePoint() => PropertyCheck.Holds(Cases, found =>
    {
        using var scope = NewDisposeScope();
        var (model, origin) = (found.Model, Row(found.Origin));
        var inside = model.Project(Row(found.Candidate), origin).sub(origin).mul(0.5).add(origin);
        Assert.True(model.Project(inside, origin).allclose(inside, 0, Tolerance));
    });

    [Fact]
    public void RandomStart_IsInside() => PropertyCheck.Holds(Cases, found =>
    {
        using var scope = NewDisposeScope();
        var (model, origin) = (found.Model, Row(found.Origin));
        foreach (var start in new[] { model.RandomStart(origin, new RowRandom(3)), model.SurfaceStart(origin, new RowRandom(4)) })
        {
            Assert.True(model.Distance(start, origin).item<double>() <= model.Epsilon + Tolerance);
            Assert.All(start.data<double>().ToArray(), value => Assert.InRange(value, 0, 1));
        }
    });

    private static Tensor Row(double[] values) => tensor(values, device: CPU).view(1, values.Length);
}

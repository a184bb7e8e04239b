using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Numerics;

public sealed class CholeskyTests
{
    [Fact]
    public void Solve_ASystemByHand()
    {
        double[] columns = [8, 2, 7, -1]; // two systems at once
        Assert.True(Cholesky.Solve([4, 2, 2, 3], columns, 2));
        Assert.Equal([1.25, 1, 1.5, -1], columns, (one, other) => Math.Abs(one - other) < 1e-14);
    }

    [Fact]
    public void Solve_MatrixTimesSolution_IsTheRightSide()
    {
        using var scope = NewDisposeScope();
        var factor = new RowRandom(1).Normal(empty([40, 60], ScalarType.Float64));
        var (matrix, right) = (factor.matmul(factor.t()), new RowRandom(2).Normal(empty([40, 5], ScalarType.Float64)));
        var solution = right.data<double>().ToArray();
        Assert.True(Cholesky.Solve(matrix.data<double>().ToArray(), solution, 40));
        Assert.True(matrix.matmul(tensor(solution).view(40, 5)).allclose(right, 0, 1e-10));
    }

    [Fact]
    public void Solve_MatrixThatIsNotPositive_SaysSo() => Assert.False(Cholesky.Solve([1, 2, 2, 1], [1, 1], 2));
}

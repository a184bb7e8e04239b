using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Numerics;

public class RowRandomTests
{
    // From an implementation of SplitMix64 in another language: seed 42, row 7.
    private static readonly double[] RowSeven = [0.44255783193913834, 0.9431295206956447, 0.6310867121464057];
    private static readonly double[] NormalRowSeven = [1.012819002850488, -0.3781411090614217, -0.7068155296825652];

    [Fact]
    public void Uniform_KnownSeedAndRow_GivesKnownNumbers()
    {
        Assert.Equal([0.7720564905202446, 0.3816512275807432, 0.7058461526830684], Draw(new RowRandom(42), 1));
        Assert.Equal(RowSeven, Draw(new RowRandom(42, 7), 1));
        Assert.Equal([0.54386799411271, 0.06433437810876752], Draw(new RowRandom(42, 7).Derive(5), 1)[..2]);
    }

    [Fact]
    public void Normal_KnownSeedAndRow_GivesBoxAndMullersPairs()
    {
        using var scope = NewDisposeScope();
        var values = new RowRandom(42, [7]).Normal(zeros([1, 3], ScalarType.Float64)).data<double>().ToArray();
        Assert.Equal(NormalRowSeven.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(NormalRowSeven[i], values[i], 1e-14);
    }

    [Fact]
    public void Rows_DependOnTheirNumberOnly()
    {
        var batch = Draw(new RowRandom(42, 5), 4);
        Assert.Equal(RowSeven, batch[6..9]);
        Assert.Equal(RowSeven, Draw(new RowRandom(42, [3, 7, 1]), 3)[3..6]);
        Assert.Equal(RowSeven, Draw(new RowRandom(42, 5).Select([2, 0]), 2)[..3]);
        Assert.Equal(RowSeven, Draw(new RowRandom(42, [9, 7]).Select([1]), 1));
        Assert.Equal(RowSeven, Draw(new RowRandom(42, [9, 8, 7]).Slice(1, 2), 2)[3..]);
        Assert.Equal(RowSeven, Draw(new RowRandom(42, 4).Slice(3, 1), 1));
    }

    [Fact]
    public void Repeat_GivesCopiesNumbersOfTheirOwn()
    {
        var random = new RowRandom(42, [7, 9]);
        var copies = Draw(random.Repeat(2, 0, 3), 6);
        Assert.Equal(6, copies.Where((_, i) => i % 3 == 0).Distinct().Count());
        // The second copy by itself, and one row of it alone.
        Assert.Equal(copies[6..12], Draw(random.Repeat(2, 1, 1), 2));
        Assert.Equal(copies[9..12], Draw(new RowRandom(42, 9).Repeat(1, 1, 1), 1));
    }

    [Fact]
    public void Normal_LargeBatch_EqualsItsRows()
    {
        using var scope = NewDisposeScope();
        var large = new RowRandom(42, 3).Normal(zeros(300, 301));
        foreach (var row in new[] { 0, 1, 150, 299 })
            Assert.True(large.narrow(0, row, 1).Equals(new RowRandom(42, 3 + row).Normal(zeros(1, 301))));
    }

    [Fact]
    public void Derive_GivesOtherNumbersForTheSameRows()
    {
        var random = new RowRandom(1);
        var draws = new[] { Draw(random, 1), Draw(random.Derive(0), 1), Draw(random.Derive(1), 1),
            Draw(random.Derive(0).Derive(0), 1) };
        Assert.Equal(4, draws.Select(draw => draw[0]).Distinct().Count());
        Assert.Equal(draws[1], Draw(random.Derive(0), 1));
    }

    [Fact]
    public void Uniform_FollowsElementTypeShapeAndBounds()
    {
        using var scope = NewDisposeScope();
        var values = new RowRandom(3).Uniform(zeros(100, 2, 5, 7), -0.25, 0.75);
        Assert.Equal(ScalarType.Float32, values.dtype);
        Assert.Equal([100, 2, 5, 7], values.shape);
        var numbers = values.data<float>().ToArray();
        Assert.InRange(numbers.Min(), -0.25f, -0.2499f + 0.001f);
        Assert.InRange(numbers.Max(), 0.749f, 0.75f);
        // Mean 0.25 with a standard error of 1 / √(12 · 7000) = 0.0035; variance 1/12.
        Assert.Equal(0.25, numbers.Average(), 0.014);
        Assert.Equal(1 / 12.0, numbers.Average(number => Math.Pow(number - 0.25, 2)), 0.004);
    }

    [Fact]
    public void Normal_HasTheMomentsOfTheNormalDistribution()
    {
        using var scope = NewDisposeScope();
        var numbers = new RowRandom(4).Normal(zeros(200, 101)).data<float>().ToArray();
        Assert.Equal(0, numbers.Average(), 0.03);
        Assert.Equal(1, numbers.Average(number => Math.Pow(number, 2)), 0.04);
        Assert.Equal(3, numbers.Average(number => Math.Pow(number, 4)), 0.25);
        Assert.All(numbers, number => Assert.True(float.IsFinite(number)));
    }

    [Fact]
    public void Draw_LeavesLibtorchsGeneratorAlone()
    {
        using var scope = NewDisposeScope();
        var before = get_rng_state().bytes.ToArray();
        _ = new RowRandom(1).Normal(zeros(3, 4));
        Assert.Equal(before, get_rng_state().bytes.ToArray());
    }

    [Fact]
    public void Draw_WrongBatch_Throws()
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(1, [4, 5]);
        Assert.Contains("made for 2 rows, the batch has 3",
            Assert.Throws<ArgumentException>(() => random.Uniform(zeros(3, 2), 0, 1)).Message);
        Assert.Contains("floating-point",
            Assert.Throws<ArgumentException>(() => random.Normal(zeros([2, 2], ScalarType.Int64))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Select([2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowRandom(1).Select([-1]));
        Assert.Throws<ArgumentNullException>(() => new RowRandom(1, null!));
    }

    private static double[] Draw(RowRandom random, int rows)
    {
        using var scope = NewDisposeScope();
        return random.Uniform(zeros([rows, 3], ScalarType.Float64), 0, 1).data<double>().ToArray();
    }
}

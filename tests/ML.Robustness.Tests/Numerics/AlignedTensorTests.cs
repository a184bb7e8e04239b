using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Numerics;

public class AlignedTensorTests
{
    [Fact]
    public void Products_OfTheSameNumbers_AreEqual_WhereverTheirArraysLie()
    {
        using var scope = NewDisposeScope();
        var factor = new RowRandom(1).Uniform(empty([19, 19], ScalarType.Float64), 0, 1);
        var numbers = factor.data<double>().ToArray();
        var first = AlignedTensor.Of(numbers).view(19, 19).matmul(factor);

        for (var i = 0; i < 200; i++)
        {
            // Arrays of all places in a cache line.
            var copies = new[] { (double[])numbers.Clone(), new double[i % 8], (double[])numbers.Clone() };
            Assert.True(first.Equals(AlignedTensor.Of(copies[i % 2 * 2]).view(19, 19).matmul(factor)));
        }
    }
}

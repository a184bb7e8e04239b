using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attribution;

public class OcclusionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(9, 4)]
    public void Attribute_Image_EqualsTwoForwardPassesForEachWindow(int window, int stride)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(2 * 4 * 5, 3);
        var inputs = Inputs(new InputShape(2, 4, 5), 2);
        using var result = new Occlusion { Window = window, Stride = stride, Baseline = 0.5 }.Attribute(network, inputs,
            AttributionTarget.Class(1));

        var (falls, covers) = (new double[2, 4, 5], new double[4, 5]);
        var (height, width) = (Math.Min(window, 4), Math.Min(window, 5));
        var before = Values(network.call(inputs).select(1, 1));
        foreach (var top in Starts(4, height))
        {
            foreach (var left in Starts(5, width))
            {
                var covered = inputs.clone();
                covered.narrow(2, top, height).narrow(3, left, width).fill_(0.5);
                var after = Values(network.call(covered).select(1, 1));
                for (var y = top; y < top + height; y++)
                {
                    for (var x = left; x < left + width; x++)
                    {
                        covers[y, x]++;
                        for (var row = 0; row < 2; row++)
                            falls[row, y, x] += before[row] - after[row];
                    }
                }
            }
        }
        var found = Values(result.Values);
        for (var i = 0; i < found.Length; i++)
        {
            var (row, y, x) = (i / 40, i % 20 / 5, i % 5);
            Assert.Equal(falls[row, y, x] / covers[y, x] / 2, found[i], 1e-12);
        }

        IEnumerable<int> Starts(int length, int size) =>
            Enumerable.Range(0, length).Where(start => start % stride == 0 && start + size < length).Append(length - size);
    }

    [Fact]
    public void Attribute_Vector_CoversOneValueAtATime()
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(6, 3);
        var inputs = Inputs(InputShape.Vector(6), 3);
        using var result = new Occlusion().Attribute(network, inputs, AttributionTarget.Class(0));
        for (var feature = 0; feature < 6; feature++)
        {
            var covered = inputs.clone();
            covered.narrow(1, feature, 1).fill_(0);
            AssertClose(network.call(inputs).sub(network.call(covered)).select(1, 0), result.Values.select(1, feature), 1e-12);
        }
    }

    [Fact]
    public void Attribute_NetworkWithoutGradients_IsExplained()
    {
        using var scope = NewDisposeScope();
        using var network = new FunctionNetwork(input => input.detach().mul(5).round());
        using var result = new Occlusion().Attribute(network, tensor(new[] { 1.0, 0 }).view(1, 2), AttributionTarget.Class(0));
        Assert.Equal([5.0, 0], Values(result.Values));
    }

    [Fact]
    public void Settings_OutsideTheirBounds_Throw()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => new Occlusion { Window = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Occlusion { Stride = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Occlusion { Baseline = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Occlusion { Baseline = 1e39 });
        using var network = new RowwiseNetwork(6, 3);
        var error = Assert.Throws<InvalidOperationException>(
            () => new Occlusion { Window = 2, Stride = 3 }.Attribute(network, Inputs(InputShape.Vector(6))));
        Assert.Contains("A stride of 3 leaves pixels between windows of 2 out", error.Message);
    }
}

using ML.Robustness.Layers;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Layers;

public class BatchNormalizationTests
{
    [Fact]
    public void Forward_InTrainingAndOutsideIt_GivesTheBitsOfTorchSharp()
    {
        using var scope = NewDisposeScope();
        using var ours = new BatchNormalization(3);
        using var theirs = nn.BatchNorm2d(3, dtype: ScalarType.Float32);
        var inputs = new RowRandom(1).Normal(empty([4, 3, 5, 6], ScalarType.Float32)).mul_(3).add_(1);
        foreach (var trains in new[] { true, true, false })
        {
            ours.train(trains);
            theirs.train(trains);
            var (mine, other) = (inputs.clone().requires_grad_(), inputs.clone().requires_grad_());
            var (found, expected) = (ours.call(mine), theirs.call(other));
            found.pow(2).sum().backward();
            expected.pow(2).sum().backward();
            Assert.True(found.Equals(expected));
            Assert.True(mine.grad!.Equals(other.grad!));
            inputs = inputs.mul(2);
        }
        var (state, expectedState) = (ours.state_dict(), theirs.state_dict());
        Assert.Equal(expectedState.Keys, state.Keys);
        Assert.All(state, entry => Assert.True(entry.Value.Equals(expectedState[entry.Key])));
        Assert.Equal(2, state["num_batches_tracked"].item<float>());
    }

    [Fact]
    public void Inputs_ThatAreNoImages_Throw()
    {
        using var layer = new BatchNormalization(3);
        using var inputs = zeros(2, 3);
        Assert.Equal("Batch normalisation takes images (N, C, H, W), but the input has 2 dimensions. (Parameter 'input')",
            Assert.Throws<ArgumentException>(() => layer.call(inputs)).Message);
    }
}

using ML.Robustness.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Models;

public class InputNormalizationTests
{
    [Fact]
    public void Forward_NormalisesEachChannel()
    {
        using var scope = NewDisposeScope();
        using var layer = new InputNormalization([0.5f, 1], [0.25f, 2]);
        var output = layer.call(tensor(new[] { 1f, 0, 3, 1 }).view(1, 2, 1, 2));
        Assert.Equal([2f, -2, 1, 0], output.data<float>().ToArray());
    }

    [Fact]
    public void Forward_Vectors_NormalisesEachValue()
    {
        using var scope = NewDisposeScope();
        using var layer = new InputNormalization([1, 2, 3], [1, 2, 4]);
        Assert.Equal([0f, 1, 0.25f], layer.call(tensor(new[] { 1f, 4, 4 }).view(1, 3)).data<float>().ToArray());
    }

    [Fact]
    public void Forward_SingleNumber_ServesEveryChannel()
    {
        using var scope = NewDisposeScope();
        using var layer = new InputNormalization([0.5f], [0.5f]);
        Assert.Equal([1f, -1, 0, 1], layer.call(tensor(new[] { 1f, 0, 0.5f, 1 }).view(1, 4, 1, 1)).data<float>().ToArray());
    }

    [Fact]
    public void Numbers_AreBuffersOfTheStateAndNotTrained()
    {
        using var layer = new InputNormalization([0.5f], [0.25f]);
        Assert.Empty(layer.parameters());
        Assert.Equal(["mean", "deviation"], layer.state_dict().Keys);
    }

    [Fact]
    public void Forward_OtherChannels_Throws()
    {
        using var scope = NewDisposeScope();
        using var layer = new InputNormalization([1, 2, 3], [1, 2, 4]);
        Assert.Contains("of 3 channels expected inputs (N, 3, …), got [1, 2, 4, 4]",
            Assert.Throws<ArgumentException>(() => layer.call(zeros(1, 2, 4, 4))).Message);
        Assert.Contains("got [3]", Assert.Throws<ArgumentException>(() => layer.call(zeros(3))).Message);
    }

    [Fact]
    public void Constructor_WrongNumbers_Throws()
    {
        Assert.Contains("got 2 and 1", Assert.Throws<ArgumentException>(() => new InputNormalization([1, 2], [1])).Message);
        Assert.Contains("got 0 and 0", Assert.Throws<ArgumentException>(() => new InputNormalization([], [])).Message);
        Assert.Contains("above zero", Assert.Throws<ArgumentException>(() => new InputNormalization([1], [0])).Message);
        Assert.Contains("above zero", Assert.Throws<ArgumentException>(() => new InputNormalization([1], [float.NaN])).Message);
        Assert.Contains("Means must be finite",
            Assert.Throws<ArgumentException>(() => new InputNormalization([float.PositiveInfinity], [1])).Message);
    }
}

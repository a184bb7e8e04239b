using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attribution;

/// <summary>What is wrong is said in our words; nothing ends the process inside libtorch.</summary>
public class AttributionErrorTests
{
    [Fact]
    public void Inputs_NotAsDescribed_AreNamed()
    {
        Assert.Contains("row 1 of the batch holds NaN or infinity",
            Throws<ArgumentException>(inputs: () => tensor(new[] { 0, 0, 0, 0, float.NaN, 0 }).view(2, 3)).Message);
        Assert.Contains("Inputs must be floating point, got Int64",
            Throws<ArgumentException>(inputs: () => zeros([2, 3], ScalarType.Int64)).Message);
        Assert.Contains("got shape [2]", Throws<ArgumentException>(inputs: () => zeros(2)).Message);
        Assert.Contains("got shape [0, 3]", Throws<ArgumentException>(inputs: () => zeros(0, 3)).Message);
    }

    [Fact]
    public void Class_BeyondTheLast_Throws()
    {
        Assert.Contains("There is no class 2: the network has the classes 0…1.",
            Throws<ArgumentException>(target: () => AttributionTarget.Class(2)).Message);
        Assert.Contains("There is no class 5: the network has the classes 0…1.",
            Throws<ArgumentException>(target: () => AttributionTarget.Margin(1, 5)).Message);
        Assert.Contains("must lie in 0…1, since the network has 2 classes, but span [0, 2]",
            Throws<ArgumentException>(target: () => AttributionTarget.Labels(tensor(new long[] { 0, 2 }))).Message);
        Assert.Contains("but span [-1, 0]",
            Throws<ArgumentException>(target: () => AttributionTarget.Labels(tensor(new long[] { 0, -1 }))).Message);
    }

    [Fact]
    public void Target_NotAsDescribed_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => AttributionTarget.Class(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttributionTarget.Margin(0, -1));
        Assert.Contains("both are class 3", Assert.Throws<ArgumentException>(() => AttributionTarget.Margin(3, 3)).Message);
        Assert.Contains("Int64 tensor of shape (N), got Float32 [2]",
            Assert.Throws<ArgumentException>(() => AttributionTarget.Labels(zeros(2))).Message);
        Assert.Contains("2 classes but 3 rivals",
            Assert.Throws<ArgumentException>(
                () => AttributionTarget.Margin(zeros([2], ScalarType.Int64), zeros([3], ScalarType.Int64))).Message);
        Assert.Contains("The target has 3 labels but the batch has 2 rows",
            Throws<ArgumentException>(target: () => AttributionTarget.Labels(zeros([3], ScalarType.Int64))).Message);
    }

    [Fact]
    public void Network_WithoutAGradient_Throws()
    {
        Assert.Contains("Gradient attributions need a differentiable network",
            Throws<InvalidOperationException>(new FunctionNetwork(input => input.detach().narrow(1, 0, 2))).Message);
        var constant = tensor(new[] { 0.5f, 0.2f }).requires_grad_(true);
        Assert.Contains("does not depend on its input",
            Throws<InvalidOperationException>(new FunctionNetwork(input => constant.expand(input.shape[0], 2))).Message);
    }

    [Fact]
    public void Network_OfAnotherOutput_Throws()
    {
        Assert.Contains("it returned Float32 [2]",
            Throws<InvalidOperationException>(new FunctionNetwork(input => input.sum(1))).Message);
        Assert.StartsWith("The network failed on inputs of shape [2, 3]: ",
            Throws<InvalidOperationException>(new FunctionNetwork(input => input.add(zeros(5)))).Message);
    }

    [Fact]
    public void Network_OfNaN_Throws() =>
        Assert.Contains("not finite in 2 of 2 rows",
            Throws<InvalidOperationException>(new FunctionNetwork(input => input.sub(2).log().narrow(1, 0, 2))).Message);

    [Fact]
    public void Explain_OfAnotherShape_Throws()
    {
        using var scope = NewDisposeScope();
        using var network = new MultilayerPerceptron(InputShape.Vector(3), 2);
        var error = Assert.Throws<InvalidOperationException>(() => new Broken().Attribute(network, zeros(2, 3)));
        Assert.Contains("Broken.Explain must return attributions of the inputs' shape [2, 3], got [2]", error.Message);
        Assert.Contains("got [2]",
            Assert.Throws<InvalidOperationException>(() => new Broken().Smoothed(2).Attribute(network, zeros(2, 3))).Message);
    }

    [Fact]
    public void Arguments_Null_Throw()
    {
        using var scope = NewDisposeScope();
        using var network = new MultilayerPerceptron(InputShape.Vector(3), 2);
        Assert.Equal("model", Assert.Throws<ArgumentNullException>(() => new Saliency().Attribute(null!, zeros(2, 3))).ParamName);
        Assert.Equal("inputs", Assert.Throws<ArgumentNullException>(() => new Saliency().Attribute(network, null!)).ParamName);
        Assert.Equal("BatchSize", Assert.Throws<ArgumentOutOfRangeException>(() => new Saliency { BatchSize = 0 }).ParamName);
    }

    private static TError Throws<TError>(Module<Tensor, Tensor>? network = null, Func<Tensor>? inputs = null,
        Func<AttributionTarget>? target = null)
        where TError : Exception
    {
        using var scope = NewDisposeScope();
        using var model = network ?? new MultilayerPerceptron(InputShape.Vector(3), 2);
        return Assert.Throws<TError>(
            () => new Saliency().Attribute(model, inputs?.Invoke() ?? full([2, 3], 0.5), target?.Invoke()));
    }

    private sealed class Broken : AttributionMethod
    {
        protected internal override Tensor Explain(AttributionContext context) => zeros(2);
    }
}

using ML.Robustness.Onnx.Networks;
using ML.Robustness.Onnx.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Tests.Operators;

/// <summary>Every operator gives what OnnxRuntime gives, and the gradient that finite differences give.</summary>
public sealed class OperatorTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string, long> All => [.. OperatorCases.All.SelectMany(
        entry => entry.Opsets.Select(opset => new TheoryDataRow<string, long>(entry.Name, opset)))];

    public static TheoryData<string, long> WithGradient => [.. OperatorCases.All.Where(entry => entry.HasGradient).Select(
        entry => new TheoryDataRow<string, long>(entry.Name, entry.Opsets[^1]))];

    [Theory]
    [MemberData(nameof(All))]
    public void Values_AreOnnxRuntimes(string name, long opset)
    {
        var entry = Find(name);
        var (model, values) = (entry.Model(opset, entry.Shape[0]).Bytes, entry.Values());
        var (expected, shape) = Runtime.Run(model, "x", values, entry.Shape, "y");

        using var network = OnnxNetwork.Read(model, new OnnxNetworkOptions { OutputName = "y" });
        using var inputs = tensor(values, entry.Shape);
        using var found = network.call(inputs);

        Assert.Equal(shape.Select(size => (long)size), found.shape);
        var numbers = found.to(ScalarType.Float64).data<double>().ToArray();
        var scale = Math.Max(1, expected.Select(Math.Abs).Max());
        Assert.Equal(expected.Length, numbers.Length);
        Assert.All(expected.Zip(numbers), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= Tolerance * scale,
            $"expected {pair.First}, got {pair.Second}"));
    }

    [Theory]
    [MemberData(nameof(WithGradient))]
    public void Gradients_AreFiniteDifferences(string name, long opset)
    {
        const double Step = 1e-6;
        var entry = Find(name);
        using var network = OnnxNetwork.Read(entry.Model(opset, entry.Shape[0]).Bytes,
            new OnnxNetworkOptions { OutputName = "y" });
        network.to(ScalarType.Float64);
        using var scope = NewDisposeScope();
        // Off the kinks: values of two decimals and a bit, no two of them alike.
        var start = tensor(entry.Values(), entry.Shape).to(ScalarType.Float64);
        start = start.add(arange(start.numel(), dtype: ScalarType.Float64).reshape(entry.Shape).mul(1e-5)).detach();
        using (var inputs = start.clone().requires_grad_())
        {
            var outputs = network.call(inputs);
            var weights = arange(outputs.numel(), dtype: ScalarType.Float64).mul(0.7).sin().reshape(outputs.shape);
            outputs.mul(weights).sum().backward();
            var gradient = inputs.grad!.flatten().data<double>().ToArray();
            using var quiet = no_grad();
            for (var place = 0; place < gradient.Length; place += Math.Max(1, gradient.Length / 7))
            {
                double At(double shift)
                {
                    var moved = start.clone();
                    moved.flatten()[place] += shift;
                    return network.call(moved).mul(weights).sum().item<double>();
                }
                var expected = (At(Step) - At(-Step)) / (2 * Step);
                Assert.True(Math.Abs(expected - gradient[place]) <= 1e-5 * Math.Max(1, Math.Abs(expected)),
                    $"expected {expected}, got {gradient[place]} at {place}");
            }
        }
    }

    [Fact]
    public void EveryOperator_HasACase() => Assert.Empty(
        Onnx.Operators.OperatorTable.All.Select(definition => definition.Name).Except(
            OperatorCases.All.SelectMany(entry => entry.Model(entry.Opsets[^1], entry.Shape[0]).Graph.Node)
                .Select(node => node.Domain.Length > 0 ? $"{node.Domain}.{node.OpType}" : node.OpType)));

    private static OperatorCase Find(string name) => OperatorCases.All.Single(entry => entry.Name == name);
}

using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Attacks;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attribution;

/// <summary>What every method keeps, on networks whose rounding does not depend on the batch.</summary>
public class AttributionContractTests
{
    private const int Rows = 5;

    public static TheoryData<string> AllMethods => MethodTable.Names;

    public static TheoryData<string, string> MethodsAndShapes
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var method in MethodTable.Methods.Keys)
            {
                foreach (var shape in AttackTable.Shapes)
                    all.Add(method, $"{shape}");
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndShapes))]
    public void Attribute_Batch_EqualsItsRowsOneByOne(string name, string shapeText)
    {
        using var scope = NewDisposeScope();
        var shape = Array.Find(AttackTable.Shapes, shape => $"{shape}" == shapeText);
        using var network = new RowwiseNetwork(shape.Length, 3);
        var inputs = Inputs(shape);
        using var whole = MethodTable.Methods[name].Attribute(network, inputs, random: new RowRandom(4, 10));
        Assert.Equal(inputs.shape, whole.Values.shape);
        for (var row = 0; row < Rows; row++)
        {
            using var one = MethodTable.Methods[name].Attribute(network, inputs.narrow(0, row, 1),
                random: new RowRandom(4, 10 + row));
            AssertClose(one.Values, whole.Values.narrow(0, row, 1), 1e-12);
            Assert.Equal(one.Targets[0].item<long>(), whole.Targets[row].item<long>());
            Assert.Equal(one.Scores[0].item<double>(), whole.Scores[row].item<double>());
        }
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_AnyPassSize_GivesTheSame(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(21, 3);
        var inputs = Inputs(new InputShape(1, 3, 7));
        var method = MethodTable.Methods[name];
        using var expected = method.Attribute(network, inputs);
        foreach (var size in new[] { 1, 2, 7, 1000 })
        {
            using var found = MethodTable.WithPassSize(method, size).Attribute(network, inputs);
            AssertClose(expected.Values, found.Values, 1e-12);
            AssertClose(expected.Scores, found.Scores, 0);
        }
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_NoMoreRowsThanThePassSize_GoThroughTheNetworkAtOnce(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(21, 3);
        var most = 0L;
        network.register_forward_pre_hook((_, input) =>
        {
            most = Math.Max(most, input.shape[0]);
            return input;
        });
        using var result = MethodTable.WithPassSize(MethodTable.Methods[name], 4)
            .Attribute(network, Inputs(new InputShape(1, 3, 7)));
        Assert.Equal(4, most);
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_NonContiguousInputs_GivesTheSame(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(21, 3);
        var inputs = Inputs(new InputShape(1, 3, 7));
        using var expected = MethodTable.Methods[name].Attribute(network, inputs);
        using var found = MethodTable.Methods[name].Attribute(network,
            inputs.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0));
        AssertClose(expected.Values, found.Values, 1e-12);
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_Targets_AreWhatWasAskedFor(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new RowwiseNetwork(6, 3);
        var inputs = Inputs(InputShape.Vector(6));
        var method = MethodTable.Methods[name];
        var logits = network.call(inputs).detach();
        using var predicted = method.Attribute(network, inputs);
        Assert.Equal(logits.argmax(1).data<long>().ToArray(), predicted.Targets.data<long>().ToArray());
        AssertClose(logits.max(1).values, predicted.Scores, 0);

        using var labels = method.Attribute(network, inputs, AttributionTarget.Labels(predicted.Targets));
        AssertClose(predicted.Values, labels.Values, 0);

        using var one = method.Attribute(network, inputs, AttributionTarget.Class(1));
        using var same = method.Attribute(network, inputs, AttributionTarget.Labels(ones([Rows], ScalarType.Int64)));
        AssertClose(same.Values, one.Values, 0);
        AssertClose(logits.select(1, 1), one.Scores, 0);

        using var margin = method.Attribute(network, inputs, AttributionTarget.Margin(1, 2));
        using var rows = method.Attribute(network, inputs,
            AttributionTarget.Margin(ones([Rows], ScalarType.Int64), full([Rows], 2L, ScalarType.Int64)));
        AssertClose(margin.Values, rows.Values, 0);
        AssertClose(logits.select(1, 1).sub(logits.select(1, 2)), margin.Scores, 0);
        if (name is not ("VarGrad" or "SmoothGrad-squared" or "MeanOfAbsolutes, row range" or "IntegratedGradients, tolerance"))
        {
            // All the others are linear in the score (steps that follow a tolerance differ between scores).
            using var rival = method.Attribute(network, inputs, AttributionTarget.Class(2));
            AssertClose(one.Values.sub(rival.Values), margin.Values, 1e-12);
        }
    }

    internal static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (wanted, found) = (Values(expected), Values(actual));
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(Math.Abs(wanted[i] - found[i]) <= tolerance, $"value {i}: expected {wanted[i]}, got {found[i]}");
    }

    internal static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    internal static Tensor Inputs(InputShape shape, int rows = Rows) =>
        new RowRandom(3).Uniform(zeros(shape.Batch(rows), ScalarType.Float64), 0, 1);
}

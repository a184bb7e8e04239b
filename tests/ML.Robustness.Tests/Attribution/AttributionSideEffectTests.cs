using ML.Robustness.Architectures;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static ML.Robustness.Tests.Attribution.AttributionContractTests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attribution;

/// <summary>An attribution leaves the network, the inputs, libtorch's state and the memory as they were.</summary>
public class AttributionSideEffectTests
{
    public static TheoryData<string> AllMethods => [.. MethodTable.Methods.Keys, "GradCam", "GradCam, smoothed"];

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_LeavesNetworkInputsAndRandomStateAlone(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var inputs = rand(3, 1, 6, 5);
        var before = State(network);
        var pixels = inputs.data<float>().ToArray();
        var random = get_rng_state().bytes.ToArray();
        using var result = Method(name).Attribute(network, inputs);
        Assert.Equal(before, State(network));
        Assert.Equal(pixels, inputs.data<float>().ToArray());
        Assert.False(inputs.requires_grad);
        Assert.False(result.Values.requires_grad);
        Assert.False(result.Scores.requires_grad);
        Assert.Equal(random, get_rng_state().bytes.ToArray());
        Assert.True(is_grad_enabled());
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_LeavesNoTensorsAlive(string name)
    {
        using var network = Network();
        using var inputs = rand(3, 1, 6, 5);
        var method = MethodTable.WithPassSize(Method(name), 2);
        LiveTensors.AssertNoneLeft(() => method.Attribute(network, inputs).Dispose());
        LiveTensors.AssertNoneLeft(
            () => Assert.Throws<ArgumentException>(() => method.Attribute(network, inputs, AttributionTarget.Class(9))));
    }

    [Fact]
    public void Attribute_InsideACallersScope_LeavesOnlyTheResultThere()
    {
        using var network = Network();
        using var inputs = rand(3, 1, 6, 5);
        using var scope = NewDisposeScope();
        var result = new IntegratedGradients { BatchSize = 2 }.Attribute(network, inputs);
        Assert.Equal(4, scope.DisposablesCount);
        Assert.True(scope.Contains(result.CompletenessGaps!));
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Attribute_UnderNoGradOrOfInferenceTensors_Works(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var inputs = rand(3, 1, 6, 5);
        using var expected = Method(name).Attribute(network, inputs);
        Tensor made;
        using (inference_mode())
            made = inputs.clone();
        using (no_grad())
        {
            using var inside = Method(name).Attribute(network, made);
            AssertClose(expected.Values, inside.Values, 0);
            Assert.False(is_grad_enabled());
        }
    }

    [Fact]
    public void Attribute_FrozenNetworkOnSeveralThreads_GivesTheSameOnEach()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var inputs = rand(3, 1, 6, 5);
        using var frozen = new ModelScope(network);
        using var expected = Method("SmoothGrad").Attribute(network, inputs);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using var inner = NewDisposeScope();
            using var result = Method("SmoothGrad").Attribute(network, inputs);
            AssertClose(expected.Values, result.Values, 0);
        });
    }

    [Fact]
    public void Attribute_Cancelled_Stops()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var source = new CancellationTokenSource();
        var passes = 0;
        network.register_forward_pre_hook((_, input) =>
        {
            if (++passes == 3)
                source.Cancel();
            return input;
        });
        Assert.Throws<OperationCanceledException>(
            () => new Saliency { BatchSize = 2 }.Smoothed(50).Attribute(network, rand(2, 1, 6, 5), cancellation: source.Token));
        Assert.Equal(3, passes);
    }

    private static AttributionMethod Method(string name) => name switch
    {
        "GradCam" => new GradCam(),
        "GradCam, smoothed" => new GradCam().Smoothed(3),
        _ => MethodTable.Methods[name],
    };

    /// <summary>In training mode, with one parameter frozen.</summary>
    private static Module<Tensor, Tensor> Network()
    {
        var network = ModelArchitecture.ResidualNet(4).Create(new InputShape(1, 6, 5), 3, seed: 2);
        network.train();
        network.parameters().Last().requires_grad = false;
        return network;
    }

    private static string[] State(Module<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        return
        [
            .. network.named_modules().Select(pair => $"{pair.name} {pair.module.training}"),
            .. network.named_parameters()
            .Select(pair => $"{pair.name} {pair.parameter.requires_grad} {Hash(pair.parameter)} {pair.parameter.grad is null}"),
            .. network.named_buffers().Select(pair => $"{pair.name} {Hash(pair.buffer)}"),
        ];
    }

    private static string Hash(Tensor tensor) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(tensor.detach().contiguous().bytes));
}

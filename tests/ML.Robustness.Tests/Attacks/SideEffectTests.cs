using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>An attack leaves the network, the inputs, libtorch's state and the memory as they were.</summary>
public class SideEffectTests
{
    public static TheoryData<string> AllAttacks => [.. AttackTable.Attacks.Keys];

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Perturb_LeavesNetworkInputsAndRandomStateAlone(string attackName)
    {
        using var scope = NewDisposeScope();
        using var network = MixedNetwork();
        var attack = AttackTable.Create(attackName, "LInf");
        var inputs = rand(6, 1, 4, 4);
        var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
        functional.cross_entropy(network.call(inputs), labels).backward();
        var before = State(network);
        var pixels = inputs.data<float>().ToArray();
        var random = get_rng_state().bytes.ToArray();

        using var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(labels));

        Assert.Equal(before, State(network));
        Assert.Equal(pixels, inputs.data<float>().ToArray());
        Assert.False(inputs.requires_grad);
        Assert.False(result.Inputs.requires_grad);
        Assert.Equal([0L, 1, 2, 0, 1, 2], labels.data<long>().ToArray());
        Assert.Equal(random, get_rng_state().bytes.ToArray());
        Assert.True(is_grad_enabled());
    }

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Perturb_LeavesNoTensorsAlive(string attackName)
    {
        using var network = MixedNetwork();
        using var inputs = rand(6, 1, 4, 4);
        using var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
        var attack = AttackTable.Create(attackName, "L2");
        LiveTensors.AssertNoneLeft(() => attack.Perturb(network, inputs, AttackGoal.Untargeted(labels)).Dispose());
        LiveTensors.AssertNoneLeft(
            () => attack.Generate(network, inputs, AttackGoal.Untargeted(labels), new RowRandom(1)).Dispose());
    }

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Perturb_ThatFails_RestoresTheNetworkAndLeavesNoTensorsAlive(string attackName)
    {
        using var network = MixedNetwork();
        using var inputs = rand(6, 1, 4, 4);
        using var labels = tensor(new long[] { 0, 1, 2, 0, 1, 9 });
        var before = State(network);
        var attack = AttackTable.Create(attackName, "LInf");
        LiveTensors.AssertNoneLeft(
            () => Assert.Throws<ArgumentException>(() => attack.Perturb(network, inputs, AttackGoal.Untargeted(labels))));
        Assert.Equal(before, State(network));
    }

    [Fact]
    public void Perturb_InsideACallersScope_LeavesOnlyTheResultThere()
    {
        using var network = MixedNetwork();
        using var inputs = rand(6, 1, 4, 4);
        using var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
        using var scope = NewDisposeScope();
        var result = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { BatchSize = 4 }.WithRestarts(2)
            .Perturb(network, inputs, AttackGoal.Untargeted(labels));
        Assert.Equal(4, scope.DisposablesCount);
        Assert.True(scope.Contains(result.Inputs));
    }

    [Fact]
    public void Perturb_UnderNoGrad_Works()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase("PGD", "LInf");
        using var outside = problem.Perturb();
        using (no_grad())
        {
            using var inside = problem.Perturb();
            Assert.Equal(AttackContractTests.Values(outside.Inputs), AttackContractTests.Values(inside.Inputs));
            Assert.False(is_grad_enabled());
        }
    }

    [Fact]
    public void Perturb_InputsMadeInInferenceMode_Works()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase("PGD", "LInf");
        Tensor inputs;
        using (inference_mode())
            inputs = problem.Inputs.clone();
        using var result = problem.Attack.Perturb(problem.Network, inputs, AttackGoal.Untargeted(problem.Labels));
        using var expected = problem.Perturb();
        Assert.Equal(AttackContractTests.Values(expected.Inputs), AttackContractTests.Values(result.Inputs));
    }

    [Fact]
    public void Perturb_InputsThatRequireGradients_Works()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase("PGD", "LInf");
        using var expected = problem.Perturb();
        var inputs = problem.Inputs.clone().requires_grad_(true);
        using var result = problem.Attack.Perturb(problem.Network, inputs, AttackGoal.Untargeted(problem.Labels));
        Assert.Equal(AttackContractTests.Values(expected.Inputs), AttackContractTests.Values(result.Inputs));
        Assert.Null(inputs.grad);
    }

    [Fact]
    public void Perturb_NetworkWithUnregisteredWeights_LeavesThemWithoutGradients()
    {
        using var scope = NewDisposeScope();
        using var network = new Hidden();
        using var result = new ProjectedGradientDescent(ThreatModel.LInf(0.1)).Perturb(network, full([2, 3], 0.5),
            AttackGoal.Untargeted(tensor(new long[] { 0, 1 })));
        Assert.Null(network.Weights.grad);
        Assert.True(network.Weights.requires_grad);
    }

    [Fact]
    public void Perturb_FrozenNetworkOnSeveralThreads_GivesTheSameOnEach()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase("PGD, restarts", "L2");
        using var frozen = new ModelScope(problem.Network);
        using var expected = problem.Perturb();
        var values = AttackContractTests.Values(expected.Inputs);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var inner = NewDisposeScope();
                using var result = problem.Perturb();
                Assert.Equal(values, AttackContractTests.Values(result.Inputs));
            }
        });
    }

    [Fact]
    public void Perturb_Cancelled_Stops()
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase("PGD", "LInf");
        using var source = new CancellationTokenSource();
        var passes = 0;
        problem.Network.register_forward_pre_hook((_, input) =>
        {
            if (++passes == 3)
                source.Cancel();
            return input;
        });
        Assert.Throws<OperationCanceledException>(() =>
            problem.Attack.Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
                cancellation: source.Token));
        Assert.Equal(3, passes);
    }

    /// <summary>In training mode but for one layer, with one parameter frozen: flags that a mere train() would not bring
    /// back.</summary>
    private static Module<Tensor, Tensor> MixedNetwork()
    {
        var still = BatchNorm2d(4);
        var network = Sequential(
            ("a", Conv2d(1, 4, 3, 1, 1)), ("n", BatchNorm2d(4)), ("r", ReLU()), ("b", Conv2d(4, 4, 3, 1, 1)), ("m", still),
            ("d", Dropout(0.5)), ("f", Flatten()), ("o", Linear(64, 3)));
        network.train();
        still.eval();
        network.parameters().Last().requires_grad = false;
        return network;
    }

    private static string[] State(Module<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var flags = network.named_modules().Select(pair => $"{pair.name} {pair.module.training}")
            .Prepend(network.training.ToString());
        var parameters = network.named_parameters().Select(pair =>
            $"{pair.name} {pair.parameter.requires_grad} {Hash(pair.parameter)} "
                + (pair.parameter.grad is { } grad ? Hash(grad) : "none"));
        var buffers = network.named_buffers().Select(pair => $"{pair.name} {Hash(pair.buffer)}");
        return [.. flags, .. parameters, .. buffers];
    }

    private static string Hash(Tensor tensor) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(tensor.detach().contiguous().bytes));

    /// <summary>Its weights are no parameters: freezing the network does not reach them.</summary>
    private sealed class Hidden() : Module<Tensor, Tensor>(nameof(Hidden))
    {
        public Tensor Weights { get; } = ones(2, 3).requires_grad_(true);

        public override Tensor forward(Tensor input) => functional.linear(input, Weights);
    }
}

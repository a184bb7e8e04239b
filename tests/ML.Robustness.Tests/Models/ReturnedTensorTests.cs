using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Tests.Testing;
using ML.Robustness.Tests.Training;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Models;

/// <summary>Networks that return null, a disposed tensor, another shape or type, or fail: one documented error
/// everywhere.</summary>
public sealed class ReturnedTensorTests
{
    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    private static readonly Dictionary<string, Func<Tensor, Tensor>> Functions = new()
    {
        ["null"] = _ => null!,
        ["disposed"] = input =>
        {
            var output = input.clone();
            output.Dispose();
            return output;
        },
        ["vector"] = input => input.sum(1),
        ["one row"] = input => input[..1],
        ["one class"] = input => input[.., ..1],
        ["integers"] = input => input.to(ScalarType.Int64),
        ["another device"] = input => zeros(input.shape, device: META),
        ["libtorch's error"] = input => functional.linear(input, zeros(3, 7)),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryUse_SaysWhatIsExpected(string function)
    {
        using var network = new FunctionNetwork(Functions[function]);
        using var data = Data();
        using var inputs = full([2, 2], 0.5f);
        using var labels = tensor(new long[] { 0, 1 });
        var attack = new FastGradientMethod(Threat);

        Fails(() => attack.Perturb(network, inputs, AttackGoal.Untargeted(labels)));
        Fails(() => new AttackSuite(attack).Run(network, data));
        Fails(() => new RobustnessEvaluator(Threat, threat => new AttackSuite(new FastGradientMethod(threat)))
            .Evaluate(network, data));
        Fails(() => new Saliency().Attribute(network, inputs));
        var error = Assert.Throws<ArgumentException>(() => new RobustTrainer().Train(Trainable(network), data));
        Assert.Contains("The network", error.Message, StringComparison.Ordinal);
    }

    private static void Fails(Action use) => Assert.StartsWith(
        "The network ", Assert.Throws<InvalidOperationException>(use).Message, StringComparison.Ordinal);

    private static LabeledDataset Data() => TrainingFixtures.Vectors([[0, 0], [1, 1]], 0, 1);

    private static Module<Tensor, Tensor> Trainable(FunctionNetwork network)
    {
        network.register_module("weights", Linear(2, 2));
        return network;
    }
}

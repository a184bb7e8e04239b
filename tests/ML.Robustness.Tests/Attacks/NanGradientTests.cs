using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>A gradient that is NaN is an error in every norm and attack: its sign is zero, so that a search would stand still and
/// call the row robust.</summary>
public class NanGradientTests
{
    private const int Rows = 4, Features = 6;

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var attack in AttackTable.Attacks.Keys)
        {
            foreach (var norm in new[] { "LInf", "L2", "L1" })
            {
                cases.Add(attack, norm);
            }
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Perturb_SomeRowsHaveNoGradient_SaysHowMany(string name, string norm)
    {
        using var scope = NewDisposeScope();
        var attack = AttackTable.Attacks[name](Threat(norm));
        using var affine = new AffineNetwork(Features, 3);
        using var network = new FunctionNetwork(input => Broken(affine, input));
        var inputs = new RowRandom(1).Uniform(zeros([Rows, Features], ScalarType.Float64), 0.3, 0.6);
        inputs[1, 0] = 0.9;
        inputs[3, 0] = 0.9;
        var labels = affine.forward(inputs).argmax(1);
        var usesGradients = name.Contains("PGD", StringComparison.Ordinal) || name.StartsWith('F')
            || name is "CW" or "Linear";

        if (usesGradients)
            Assert.Equal(
                $"The network's outputs or gradients are not finite in 2 of {Rows} rows of a pass: an attack on such a network "
                + "says nothing.",
                Assert.Throws<InvalidOperationException>(
                    () => attack.Perturb(network, inputs, AttackGoal.Untargeted(labels))).Message);
        else
            attack.Perturb(network, inputs, AttackGoal.Untargeted(labels)).Dispose();
    }

    [Theory]
    [InlineData("LInf")]
    [InlineData("L2")]
    public void Train_OnRowsWithoutGradient_Throws(string norm)
    {
        using var scope = NewDisposeScope();
        using var affine = new AffineNetwork(Features, 3, type: ScalarType.Float32);
        using var network = new BrokenNetwork(affine);
        var inputs = new RowRandom(1).Uniform(zeros([Rows, Features]), 0.3, 0.6);
        inputs[1, 0] = 0.9f;
        using var data = LabeledDataset.FromTensors(inputs, tensor(new long[] { 0, 1, 2, 0 }), InputShape.Vector(Features), 3);
        var trainer = new RobustTrainer
        {
            Epochs = 1,
            Objective = new AdversarialObjective(new ProjectedGradientDescent(Threat(norm)) { Steps = 2 }),
        };

        var error = Assert.Throws<InvalidOperationException>(() => trainer.Train(network, data));

        Assert.StartsWith("The training loss is no longer finite (NaN", error.Message, StringComparison.Ordinal);
        Assert.Contains("If the network's gradient to its input is NaN", error.Message, StringComparison.Ordinal);
    }

    private static ThreatModel Threat(string norm) => norm switch
    {
        "LInf" => ThreatModel.LInf(0.05),
        "L2" => ThreatModel.L2(0.1),
        _ => ThreatModel.L1(0.1),
    };

    /// <summary>The same logits but for a constant; in rows that begin above 0.8, a gradient of 0 times infinity.</summary>
    private static Tensor Broken(Module<Tensor, Tensor> network, Tensor input)
    {
        var isWhole = input.detach().narrow(1, 0, 1).lt(0.8).to(input.dtype);
        return network.call(input).add(input.mul(0).add(isWhole).sqrt().sum(1, true));
    }

    private sealed class BrokenNetwork : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> inner;

        internal BrokenNetwork(Module<Tensor, Tensor> network)
            : base(nameof(BrokenNetwork))
        {
            inner = network;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Broken(inner, input);
    }
}

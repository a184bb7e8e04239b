using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>An attack on a small random network in float64 with three classes: eleven images of one channel, not
/// square.</summary>
internal sealed class AttackTestCase
{
    public const int Rows = 11;

    public AttackTestCase(string attack, string threatModel)
        : this(AttackTable.Create(attack, threatModel))
    {
    }

    public AttackTestCase(Attack attack)
    {
        var shape = new InputShape(1, 3, 7);
        Attack = attack;
        Network = new RowwiseNetwork(shape.Length, 3);
        Network.eval();
        Inputs = AttackTable.Inputs(shape, Rows, attack.ThreatModel.Range);
        Labels = AttackTable.Labels(Rows, 3);
    }

    public Attack Attack { get; }

    public Module<Tensor, Tensor> Network { get; }

    public Tensor Inputs { get; }

    public Tensor Labels { get; }

    public AttackResult Perturb(RowRandom? random = null) =>
        Attack.Perturb(Network, Inputs, AttackGoal.Untargeted(Labels), random);

    public long[] Predict(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return Network.call(inputs).argmax(1).data<long>().ToArray();
    }
}

using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.AttackSuites;

/// <summary>Vectors of a few classes whose labels a small random network gives, but for every seventh.</summary>
internal sealed class AttackSuiteTestCase : IDisposable
{
    public const int Length = 8;

    public AttackSuiteTestCase(int rows, ulong networkSeed = 2, Module<Tensor, Tensor>? network = null, int classes = 3)
    {
        Network = network ?? ModelArchitecture.MultilayerPerceptron(24).Create(InputShape.Vector(Length), classes, networkSeed);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        // Fresh weights answer by their biases alone: the larger they are, the more the inputs count.
        foreach (var parameter in Network.parameters().Where(parameter => network is null && parameter.dim() == 2))
            parameter.mul_(4);
        Inputs = new RowRandom(3).Uniform(zeros(rows, Length), 0.05, 0.95).DetachFromDisposeScope();
        var labels = Network.call(Inputs).argmax(1);
        var wrong = arange(rows, dtype: ScalarType.Int64).remainder(7).eq(3).to(ScalarType.Int64);
        Labels = labels.add(wrong).remainder(classes).DetachFromDisposeScope();
        Data = LabeledDataset.FromTensors(Inputs.clone(), Labels.clone(), InputShape.Vector(Length), classes);
    }

    /// <summary>A linear network without biases.</summary>
    public static Module<Tensor, Tensor> LinearNetwork(int classes = 3)
    {
        var network = ModelArchitecture.MultilayerPerceptron().Create(InputShape.Vector(Length), classes, 12);
        using var quiet = no_grad();
        network.parameters().Single(parameter => parameter.dim() == 1).zero_();
        return network;
    }

    public Module<Tensor, Tensor> Network { get; }

    public Tensor Inputs { get; }

    public Tensor Labels { get; }

    public LabeledDataset Data { get; }

    public LabeledDataset Stream()
    {
        var (values, labels) = (Inputs.data<float>().ToArray(), Labels.data<long>().ToArray());
        return LabeledDataset.FromStream(
            () => Enumerable.Range(0, labels.Length)
            .Select(row => new LabeledRow(values.AsMemory(row * Length, Length), labels[row])), InputShape.Vector(Length),
            Data.Classes);
    }

    public bool[] Right()
    {
        using var scope = NewDisposeScope();
        return Network.call(Inputs).argmax(1).eq(Labels).data<bool>().ToArray();
    }

    /// <summary>Which rows an attack that is run on all of them alone leaves as they are.</summary>
    public bool[] Withstands(Attack attack, ulong seed = 0)
    {
        using var result = attack.Perturb(Network, Inputs, AttackGoal.Untargeted(Labels), new RowRandom(seed));
        using var robust = result.Success.logical_not();
        return robust.data<bool>().ToArray();
    }

    public void Dispose()
    {
        Network.Dispose();
        Inputs.Dispose();
        Labels.Dispose();
        Data.Dispose();
    }
}

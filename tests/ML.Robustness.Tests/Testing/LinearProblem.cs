using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>
/// Rows of a linear network of two classes in float64, without bounds of their values: under an attack the margin of a label
/// falls by at most ε times the dual norm of the difference of the two classes' weights.
/// </summary>
internal sealed class LinearProblem : IDisposable
{
    private readonly Tensor _weights, _inputs, _labels;

    public LinearProblem(int features = 12)
    {
        using var scope = NewDisposeScope();
        var random = new RowRandom(1);
        _weights = random.Normal(zeros([2, features], ScalarType.Float64)).DetachFromDisposeScope();
        _inputs = random.Derive(1).Normal(zeros([7, features], ScalarType.Float64)).DetachFromDisposeScope();
        _labels = tensor(new long[] { 0, 1, 0, 1, 1, 0, 0 }).DetachFromDisposeScope();
        Network = NetworkOf(_weights);
    }

    public Module<Tensor, Tensor> Network { get; }

    /// <summary>A linear network with given weights, (classes, features), and equal biases.</summary>
    public static Module<Tensor, Tensor> NetworkOf(Tensor weights)
    {
        var network = new MultilayerPerceptron(InputShape.Vector((int)weights.shape[1]), (int)weights.shape[0])
            .to(ScalarType.Float64);
        using var quiet = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name.EndsWith("weight", StringComparison.Ordinal))
                parameter.copy_(weights);
            else
                parameter.fill_(0.25);
        }
        return network;
    }

    /// <summary>The greatest fall of a margin: ε times the dual norm.</summary>
    public double WorstFall(string norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var difference = _weights[0].sub(_weights[1]);
        return epsilon * (norm switch
        {
            "LInf" => difference.abs().sum(),
            "L2" => difference.square().sum().sqrt(),
            _ => difference.abs().max(),
        }).item<double>();
    }

    /// <summary>Runs an attack.</summary>
    /// <returns>The fall of each row's margin, and whether the attack reports success.</returns>
    public (double[] Falls, bool[] Success) Attack(Attack attack)
    {
        using var scope = NewDisposeScope();
        using var result = attack.Perturb(Network, _inputs, AttackGoal.Untargeted(_labels));
        var after = AttackLoss.Margin.Evaluate(Network.call(result.Inputs), _labels);
        return (after.sub(AttackLoss.Margin.Evaluate(Network.call(_inputs), _labels)).data<double>().ToArray(),
            result.Success.data<bool>().ToArray());
    }

    /// <summary>Whether the worst case misleads the network on each row.</summary>
    public bool[] WorstCaseSucceeds(string norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        return AttackLoss.Margin.Evaluate(Network.call(_inputs), _labels).add(WorstFall(norm, epsilon)).gt(0).data<bool>()
            .ToArray();
    }

    /// <summary>Asserts that an attack reaches the worst case on every row.</summary>
    public void AssertReachesWorstCase(Attack attack, string norm, double epsilon) =>
        Assert.All(Attack(attack).Falls, fall => Assert.Equal(WorstFall(norm, epsilon), fall, 1e-9));

    public void Dispose()
    {
        Network.Dispose();
        _weights.Dispose();
        _inputs.Dispose();
        _labels.Dispose();
    }
}

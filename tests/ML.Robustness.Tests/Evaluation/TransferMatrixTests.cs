using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Evaluation;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.AttackSuites;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Evaluation;

public sealed class TransferMatrixTests
{
    private static readonly Attack Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.15)) { Steps = 4 };

    [Fact]
    public void Measure_TriesEveryTargetOnWhatEachSourceGave()
    {
        using var scope = NewDisposeScope();
        using var one = new AttackSuiteTestCase(40);
        using var other = new AttackSuiteTestCase(40, networkSeed: 5);
        (string, nn.Module<Tensor, Tensor>)[] networks = [("one", one.Network), ("other", other.Network)];

        var matrix = TransferMatrix.Measure(networks, networks, one.Data, Attack, seed: 6);

        Assert.Equal(["one", "other"], matrix.Sources);
        for (var source = 0; source < 2; source++)
        {
            using var found = Attack.Perturb(networks[source].Item2, one.Inputs, AttackGoal.Untargeted(one.Labels),
                new RowRandom(6));
            for (var target = 0; target < 2; target++)
            {
                var network = networks[target].Item2;
                var right = network.call(one.Inputs).argmax(1).eq(one.Labels);
                Assert.Equal(right.sum().item<long>() / 40.0, matrix.CleanAccuracies[target]);
                Assert.Equal(right.logical_and(network.call(found.Inputs).argmax(1).eq(one.Labels)).sum().item<long>() / 40.0,
                    matrix[source, target]);
            }
        }
        Assert.True(matrix[0, 0] < matrix.CleanAccuracies[0]);
        Assert.Equal(new AttackSuite(Attack).Run(one.Network, one.Data, new AttackSuiteOptions { Seed = 6 }).RobustAccuracy,
            matrix[0, 0]);
    }

    [Fact]
    public void Measure_LeavesNoTensorsAndTheNetworksAsTheyWere()
    {
        using var one = new AttackSuiteTestCase(40);
        one.Network.train();
        LiveTensors.AssertNoneLeft(
            () => TransferMatrix.Measure([("one", one.Network)], [("one", one.Network)], one.Data, Attack));
        Assert.True(one.Network.training);
        Assert.All(one.Network.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Measure_WithoutNetworks_Throws()
    {
        using var one = new AttackSuiteTestCase(10);
        Assert.Contains("a network to attack",
            Assert.Throws<ArgumentException>(() => TransferMatrix.Measure([], [("one", one.Network)], one.Data, Attack)).Message);
    }
}

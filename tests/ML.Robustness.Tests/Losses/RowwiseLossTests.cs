using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Losses;

/// <summary>A user's loss that holds something for each row gets its own rows: in every batch, restart and suite.</summary>
public sealed class RowwiseLossTests : IDisposable
{
    private const int Rows = 11, Classes = 5;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly AffineNetwork _network = new(12, Classes, type: ScalarType.Float32);
    private readonly Tensor _inputs = new RowRandom(1).Normal(zeros([Rows, 12]));
    private readonly Tensor _labels;
    private readonly Tensor _rivals;

    public RowwiseLossTests()
    {
        _labels = _network.forward(_inputs).argmax(1);
        // Another rival in each row, never the label.
        _rivals = _labels.add(arange(Rows, ScalarType.Int64).remainder(Classes - 1)).add(1).remainder(Classes);
    }

    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }

    /// <summary>On a linear network one step along the sign moves each row towards its own rival.</summary>
    private Tensor Expected(double epsilon)
    {
        var weights = _network.get_parameter("weights")!.detach();
        return _inputs.add(weights.index_select(0, _rivals).sub(weights.index_select(0, _labels)).sign().mul(epsilon));
    }

    private ProjectedGradientDescent Attack(double epsilon) =>
        new(ThreatModel.LInf(epsilon, ValueRange.Unbounded))
        {
            Steps = 3,
            StepSize = 2 * epsilon,
            Loss = new RivalLoss(_rivals),
            BatchSize = 4,
            ReturnBestIterate = false,
        };

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(0.001, 4)]
    [InlineData(0.3, 1)]
    [InlineData(0.3, 4)]
    [InlineData(3, 4)]
    public void Perturb_InBatchesAndRestarts_EachRowMovesTowardsItsOwnRival(double epsilon, int restarts)
    {
        using var result = Attack(epsilon).WithRestarts(restarts)
            .Perturb(_network, _inputs, AttackGoal.Untargeted(_labels));

        Assert.Equal(Expected(epsilon).data<float>().ToArray(), result.Inputs.data<float>().ToArray(),
            (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Suite_OfTheRowsStillRobust_EachRowMovesTowardsItsOwnRival()
    {
        // Every third label is wrong: these rows are not attacked. The weak attack comes first and leaves most rows.
        var wrong = arange(Rows, ScalarType.Int64).remainder(3).eq(1).to(ScalarType.Int64);
        using var data = LabeledDataset.FromTensors(
            _inputs.clone(), _labels.add(wrong).remainder(Classes), InputShape.Vector(12), Classes);
        var options = new AttackSuiteOptions { BatchSize = 3, KeepInputs = true };

        var weak = new ProjectedGradientDescent(ThreatModel.LInf(0.6, ValueRange.Unbounded))
        {
            Steps = 1,
            StepSize = 0.05,
            RandomStart = false,
            Loss = new RivalLoss(_rivals),
            ReturnBestIterate = false,
        };
        var result = new AttackSuite(weak, Attack(0.6)).Run(_network, data, options);

        var expected = new[] { Expected(0.05), Expected(0.6) };
        Assert.Contains(result.RowResults, row => row.Attack == 1);
        foreach (var row in result.RowResults.Where(row => row.Attack is not null))
        {
            Assert.Equal(expected[row.Attack!.Value][row.Row].data<float>().ToArray(),
                result.InputOf((int)row.Row)!.Value.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    /// <summary>How far a given class of each row is ahead of the label.</summary>
    private sealed class RivalLoss(Tensor rivals) : AttackLoss
    {
        public override Tensor Evaluate(Tensor logits, Tensor labels) =>
            logits.gather(1, rivals.unsqueeze(1)).sub(logits.gather(1, labels.unsqueeze(1))).squeeze(1);

        public override AttackLoss Select(Tensor positions) => new RivalLoss(rivals.index_select(0, positions));
    }
}

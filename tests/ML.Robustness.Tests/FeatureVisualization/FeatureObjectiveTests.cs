using ML.Robustness.FeatureVisualization;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.FeatureVisualization;

public sealed class FeatureObjectiveTests
{
    private static Tensor Inputs() => new RowRandom(3).Uniform(zeros([4, 1, 2, 3], ScalarType.Float64), 0, 1);

    [Fact]
    public void Scores_EqualWhatIsComputedByHand()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(6);
        var inputs = Inputs();
        for (var row = 0; row < 4; row++)
        {
            var pixels = inputs[row].flatten().data<double>().ToArray();
            var units = Enumerable.Range(0, 5)
                .Select(unit => Math.Max(0, network.UnitWeights(unit).Zip(pixels, (w, x) => w * x).Sum())).ToArray();
            var logits = network.call(inputs)[row].data<double>().ToArray();
            Assert.Equal(units[2], Score(FeatureObjective.Unit(2)), 12);
            Assert.Equal(pixels.Average(), Score(FeatureObjective.Channel(0)), 12);
            Assert.Equal(1 - 2 * pixels.Average(), Score(FeatureObjective.Channel(1)), 12);
            Assert.Equal(units[0] - 0.5 * units[4], Score(FeatureObjective.Direction(1, 0, 0, 0, -0.5)), 12);
            Assert.Equal(logits[1], Score(FeatureObjective.Logit(1)), 12);
            Assert.Equal(logits[1] - Math.Log(logits.Sum(Math.Exp)), Score(FeatureObjective.LogProbability(1)), 12);

            double Score(FeatureObjective objective) => objective.Measure(network, inputs)[row].item<double>();
        }
    }

    [Fact]
    public void IndexesBeyondTheNetwork_SayItsSize()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(6);
        var inputs = Inputs();
        Assert.Equal("There is no unit 5: the network has 5, numbered 0…4.", Error(FeatureObjective.Unit(5)));
        Assert.Equal("There is no channel 2: the network has 2, numbered 0…1.", Error(FeatureObjective.Channel(2)));
        Assert.Equal("There is no class 3: the network has 3, numbered 0…2.", Error(FeatureObjective.Logit(3)));
        Assert.Equal("There is no class 7: the network has 3, numbered 0…2.", Error(FeatureObjective.LogProbability(7)));
        Assert.Equal("The direction has 2 numbers but the network has 5 features: give one for each.",
            Error(FeatureObjective.Direction(1, 2)));
        using var flat = new FeatureExposingNetwork(6);
        Assert.Equal(
            "The network FeatureExposingNetwork has no feature maps, so it has no channels: take a unit, or a convolutional "
                + "network.",
            Assert.Throws<ArgumentException>(() => FeatureObjective.Channel(0).Measure(flat, inputs.flatten(1))).Message);

        string Error(FeatureObjective objective) =>
            Assert.Throws<ArgumentException>(() => objective.Measure(network, inputs)).Message;
    }

    [Fact]
    public void BadArguments_AreRefusedAtOnce()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => FeatureObjective.Unit(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeatureObjective.Channel(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeatureObjective.Logit(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeatureObjective.LogProbability(-1));
        Assert.Throws<ArgumentException>(() => FeatureObjective.Direction());
        Assert.Throws<ArgumentException>(() => FeatureObjective.Direction(double.NaN));
    }

    [Fact]
    public void AnObjectiveOfAnotherShape_IsNamed()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(6);
        var error = Assert.Throws<InvalidOperationException>(() => new AllLogits().Measure(network, Inputs()));
        Assert.Equal("AllLogits.Score must return one floating-point number for each of the 4 rows, got Float64 [4, 3].",
            error.Message);
    }

    [Fact]
    public void ToString_NamesTheFeature()
    {
        Assert.Equal("unit 4", FeatureObjective.Unit(4).ToString());
        Assert.Equal("logit of class 2", FeatureObjective.Logit(2).ToString());
        Assert.Equal("log probability of class 2", FeatureObjective.LogProbability(2).ToString());
        Assert.Equal("channel 1", FeatureObjective.Channel(1).ToString());
        Assert.Equal("direction of 2 units", FeatureObjective.Direction(1, 2).ToString());
    }

    private sealed class AllLogits : FeatureObjective
    {
        protected internal override Tensor Score(nn.Module<Tensor, Tensor> model, Tensor inputs) => model.call(inputs);
    }

    [Fact]
    public void Slice_OfAUsersObjectiveWithAUnitForEachRow_GetsTheRowsOfEachBatch()
    {
        using var scope = NewDisposeScope();
        using var network = new FeatureExposingNetwork(12, rectifies: false);
        var inputs = new RowRandom(1).Uniform(zeros([5, 1, 3, 4], ScalarType.Float64), 0.4, 0.6);
        int[] units = [3, 0, 4, 1, 2];
        // One step of a linear objective: the sign of the weights of the row's own unit.
        var visualizer = new FeatureVisualizer(ThreatModel.LInf(0.1)) { Steps = 1, StepSize = 0.05, BatchSize = 2 };
        using var result = visualizer.Visualize(network, new UnitOfEachRow(units), inputs);
        for (var row = 0; row < 5; row++)
        {
            var expected = inputs[row].flatten().data<double>().ToArray()
                .Zip(network.UnitWeights(units[row]), (value, weight) => value + 0.05 * Math.Sign(weight)).ToArray();
            var actual = result.Values[row].flatten().data<double>().ToArray();
            for (var i = 0; i < 12; i++)
                Assert.Equal(expected[i], actual[i], 1e-12);
        }
        var curve = TuningCurve.Measure(network, new UnitOfEachRow(units), inputs, [1], (images, gain) => images.mul(gain));
        for (var row = 0; row < 5; row++)
            Assert.Equal(FeatureObjective.Unit(units[row]).Measure(network, inputs)[row].item<double>(), curve.Scores[row][0],
                12);
    }

    private sealed class UnitOfEachRow(int[] units) : FeatureObjective
    {
        protected internal override FeatureObjective Slice(long first, long count) =>
            new UnitOfEachRow(units[(int)first..(int)(first + count)]);

        protected internal override Tensor Score(Module<Tensor, Tensor> model, Tensor inputs) =>
            ((FeatureExposingNetwork)model).Extract(inputs).Values
                .gather(1, tensor(Array.ConvertAll(units, unit => (long)unit)).unsqueeze(1)).squeeze(1);
    }
}

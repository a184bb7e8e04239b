using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>Inputs and outputs of every form that networks from elsewhere have.</summary>
public sealed class ForeignNetworkFormTests : IDisposable
{
    private const int Side = 2, Channels = 3, Pixels = Channels * Side * Side;

    private static readonly InputShape Shape = new(Channels, Side, Side);
    private static readonly string[] Names = ["a", "b"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, NetworkOutputs> BinaryForms => new()
    {
        { "(N, 1)", NetworkOutputs.Logits }, { "(N)", NetworkOutputs.Logits }, { "(N, 1, 1, 1)", NetworkOutputs.Logits },
        { "(N, 1)", NetworkOutputs.Probabilities }, { "(N)", NetworkOutputs.Probabilities },
        { "(N, 2)", NetworkOutputs.Logits }, { "(N, 2)", NetworkOutputs.Probabilities }, { "(N, 2)", NetworkOutputs.Detected },
        { "(N, 2, 1, 1)", NetworkOutputs.Detected },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BinaryForms))]
    public void BinaryNetworks_OfEveryForm_GiveTheSameColumns(string form, NetworkOutputs outputs)
    {
        var name = $"form{form.Count(letter => letter == '1')}{form.Length}{outputs}";
        ModelArchitecture.Register(name, (_, _) => Binary(form, outputs));
        var data = _ml.Data.LoadFromEnumerable(Rows());
        using var classifier = _ml.BinaryClassification.FromModule(
            Binary(form, outputs), Shape, new NetworkOptions { Outputs = outputs, RegisteredName = name });
        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(classifier, data.Schema, path);
        using var loaded = (NeuralClassifierTransformer)_ml.Model.LoadVerified(path, out _);
        foreach (var model in new[] { classifier, loaded })
        {
            var scored = model.Transform(data);
            var logits = Rows().Select(row => (double)row.Features.Select((value, i) => value * Weight(i)).Sum()).ToArray();
            Near(logits, scored.GetColumn<float>("Score"));
            Near(logits.Select(logit => 1 / (1 + Math.Exp(-logit))), scored.GetColumn<float>("Probability"));
            Assert.Equal(logits.Select(logit => logit > 0), scored.GetColumn<bool>("PredictedLabel"));
        }
        // A linear network's margin is closed: a row is robust where |logit| exceeds ε times the sum of the weights.
        var radius = 0.1;
        var metrics = _ml.BinaryClassification.EvaluateRobustness(classifier, data, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(radius, ValueRange.Unbounded),
            Suite = threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 5 }),
            Seed = 2,
        });
        var reach = radius * Enumerable.Range(0, Pixels).Sum(i => Math.Abs(Weight(i)));
        Assert.Equal(
            Rows().Select(row => (row.Features.Select((value, i) => value * Weight(i)).Sum() * (row.Label ? 1 : -1)) > reach),
            metrics.Report.RowResults.Select(row => row.IsRobust));
    }

    [Fact]
    public void ASingleOutputThatIsNotTold_IsRefused() => Assert.Contains("set Outputs to Logits or to Probabilities",
        Assert.Throws<ArgumentException>(
            () => _ml.BinaryClassification.FromModule(Binary("(N, 1)", NetworkOutputs.Logits), Shape)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("(N, 3)", "The network has 3 classes, but 2 are expected.")]
    [InlineData("(N, 2, 2, 1)", "The network must return numbers of shape (N, 2)")]
    [InlineData("()", "The network must return numbers of shape (N, 2)")]
    public void OutputsThatAreNone_AreRefused(string form, string message) => Assert.Contains(message,
        Assert.ThrowsAny<Exception>(() => _ml.BinaryClassification.FromModule(new FunctionModule(input => form switch
        {
            "(N, 3)" => input.flatten(1).narrow(1, 0, 3).clone(),
            "()" => input.sum(),
            _ => input.flatten(1).narrow(1, 0, 4).reshape(-1, 2, 2, 1),
        }), Shape)).Message, StringComparison.Ordinal);

    [Fact]
    public void ChannelsLast_Normalised_Maps_AndBytes_AreReadAsTheNetworkTakesThem()
    {
        var options = new NetworkOptions
        {
            IsChannelsLast = true,
            Mean = [0.1f, 0.2f, 0.3f],
            StandardDeviation = [0.5f, 0.25f, 2],
            ReadsBytes = true,
            RegisteredName = "channels-last",
            Outputs = NetworkOutputs.Logits,
        };
        // Takes (N, H, W, C), gives maps (N, K, 1, 1): the first red value, and the last blue one.
        static Module<Tensor, Tensor> Make() => new FunctionModule(input => stack(
            [input.select(1, 0).select(1, 0).select(1, 0), input.select(1, 1).select(1, 1).select(1, 2)], 1).unsqueeze(2)
            .unsqueeze(3));
        ModelArchitecture.Register("channels-last", (_, _) => Make());
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(row => new ByteRow
        {
            Features = [.. Enumerable.Range(0, Pixels).Select(i => (byte)(row * 17 + i * 5))],
        }));
        using var classifier = _ml.MulticlassClassification.FromModule(Make(), Shape, Names, options);
        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(classifier, data.Schema, path);
        using var loaded = (NeuralClassifierTransformer)_ml.Model.LoadVerified(path, out _);
        foreach (var model in new[] { classifier, loaded })
        {
            var found = model.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row);
            Near(Enumerable.Range(0, 5).SelectMany(row =>
            {
                var (red, blue) = ((row * 17 / 255.0 - 0.1) / 0.5, ((row * 17 + 55) / 255.0 - 0.3) / 2);
                return new[] { 1 / (1 + Math.Exp(blue - red)), 1 / (1 + Math.Exp(red - blue)) };
            }), found);
        }
    }

    [Fact]
    public void AColumnInAnotherOrder_IsRefused()
    {
        using var classifier = _ml.BinaryClassification.FromModule(
            Binary("(N, 2)", NetworkOutputs.Logits), Shape, new NetworkOptions { Outputs = NetworkOutputs.Logits });
        var interleaved = _ml.Data.LoadFromEnumerable([new InterleavedRow { Features = new float[Pixels] }]);
        Assert.Contains("in another order. Shapes are channels × height × width: give planes",
            Assert.ThrowsAny<ArgumentException>(
                () => classifier.Transform(interleaved).GetColumn<float>("Score").Count()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void InputOptionsThatDoNotFit_AreRefused()
    {
        Assert.Contains("one mean and one standard deviation for each channel, got 3 and 0",
            Refused(Shape, new NetworkOptions { Mean = [1, 2, 3] }), StringComparison.Ordinal);
        Assert.Contains("The normalisation has 2 channels", Refused(Shape, new NetworkOptions
        {
            Mean = [1, 2],
            StandardDeviation = [1, 2],
        }), StringComparison.Ordinal);
        Assert.Contains("Channels come last in images only",
            Refused(InputShape.Vector(Pixels), new NetworkOptions { IsChannelsLast = true }), StringComparison.Ordinal);

        string Refused(InputShape shape, NetworkOptions options) => Assert.Throws<ArgumentException>(
            () => _ml.MulticlassClassification.FromModule(
                new FunctionModule(input => input.flatten(1).narrow(1, 0, 2).clone()), shape, Names, options)).Message;
    }

    [Fact]
    public void SeveralColumns_AreConcatenatedBeforeTheClassifier()
    {
        var data = _ml.Data.LoadFromEnumerable(Rows().Select(row => new TwoColumns
        {
            Label = row.Label,
            First = row.Features[..5],
            Last = row.Features[5..],
        }));
        using var classifier = _ml.BinaryClassification.FromModule(
            Binary("(N, 2)", NetworkOutputs.Logits), Shape, new NetworkOptions { Outputs = NetworkOutputs.Logits });
        var chain = _ml.Transforms.Concatenate("Features", "First", "Last").Fit(data).Append(classifier);
        var options = new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.1),
            Suite = threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 5 }),
            Seed = 2,
        };
        var (apart, together) = (_ml.BinaryClassification.EvaluateRobustness(chain, data, options),
            _ml.BinaryClassification.EvaluateRobustness(classifier, _ml.Data.LoadFromEnumerable(Rows()), options));
        Assert.InRange(together.RobustAccuracy, 0.05, 0.95);
        Assert.Equal(together.Report.RowResults, apart.Report.RowResults);
    }

    private static float Weight(int i) => (i % 5) - 2;

    private static Row[] Rows()
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, 24).Select(row => new Row
        {
            Label = row % 3 == 0,
            Features = [.. Enumerable.Range(0, Pixels).Select(_ => random.NextSingle())],
        })];
    }

    private static Module<Tensor, Tensor> Binary(string form, NetworkOutputs outputs) => new FunctionModule(input =>
    {
        using var weights = tensor(Enumerable.Range(0, Pixels).Select(Weight).ToArray());
        var logit = input.flatten(1).matmul(weights);
        var isProbability = outputs != NetworkOutputs.Logits;
        var two = stack([logit.mul(-0.25), logit.mul(0.75)], 1);
        return form switch
        {
            "(N)" => isProbability ? logit.sigmoid() : logit,
            "(N, 1)" => (isProbability ? logit.sigmoid() : logit).unsqueeze(1),
            "(N, 1, 1, 1)" => logit.reshape(-1, 1, 1, 1),
            "(N, 2)" => isProbability ? two.softmax(1) : two,
            _ => two.softmax(1).unsqueeze(2).unsqueeze(3),
        };
    });

    private static void Near(IEnumerable<double> expected, IEnumerable<float> found) =>
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5));

    private sealed class FunctionModule(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("function")
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return function(input).MoveToOuterDisposeScope();
        }
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        [VectorType(Channels, Side, Side)]
        public float[] Features { get; set; } = [];
    }

    private sealed class TwoColumns
    {
        public bool Label { get; set; }

        [VectorType(5)]
        public float[] First { get; set; } = [];

        [VectorType(7)]
        public float[] Last { get; set; } = [];
    }

    private sealed class InterleavedRow
    {
        [VectorType(Side, Side, Channels)]
        public float[] Features { get; set; } = [];
    }

    private sealed class ByteRow
    {
        [VectorType(Channels, Side, Side)]
        public byte[] Features { get; set; } = [];
    }
}

using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Evaluation;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;
using Onnx;
using TorchSharp;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>A step of ApplyOnnxModel whose scores leave the chain is a classifier with gradients.</summary>
public sealed class OnnxStepTests : IDisposable
{
    private const int Classes = 3;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly NeuralClassifierTransformer _native;
    private readonly IDataView _data;

    public OnnxStepTests()
    {
        _native = TwoDimensionalClasses.Fitted(_ml, options =>
            (options.Architecture, options.Epochs) = (ModelArchitecture.MultilayerPerceptron(), 10));
        _data = ForeignNetworks.Data(_ml);
    }

    public static TheoryData<string, string> Chains => new()
    {
        { "Softmax", "alone" }, { "Softmax", "copied" }, { "Softmax", "loaded" }, { "Identity", "copied" },
    };

    public void Dispose()
    {
        _native.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void Verdicts_AndAttributions_AreThoseOfTheNativeNetwork(string last, string form)
    {
        var chain = Chain(last, form == "alone" ? "Score" : "probabilities");
        if (form == "loaded")
        {
            _ml.Model.Save(chain, _data.Schema, _folder.PathOf("model.zip"));
            chain = _ml.Model.Load(_folder.PathOf("model.zip"), out _);
        }
        var (expected, found) = (Evaluate(_native), Evaluate(chain));
        Assert.InRange(expected.RobustAccuracy, 0.05, 0.95);
        Assert.DoesNotContain(found.Warnings, warning => warning.Kind == RobustnessWarningKind.NoGradients);
        Assert.Equal(expected.Report.RowResults.Select(row => (row.CleanPrediction, row.IsRobust, row.Attack)),
            found.Report.RowResults.Select(row => (row.CleanPrediction, row.IsRobust, row.Attack)));
        var (own, other) = (ForeignNetworks.Attributions(_ml, _native), ForeignNetworks.Attributions(_ml, chain));
        Assert.Equal(own.Length, other.Length);
        Assert.All(own.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void AGraphThatCannotBeRead_IsAttackedByItsScores_AndSaysWhy()
    {
        var messages = new List<string>();
        _ml.Log += (_, entry) => messages.Add(entry.Message);
        var chain = Chain("Hardmax", "Score");
        Assert.Contains(Evaluate(chain, hasGradients: false).Warnings,
            warning => warning.Kind == RobustnessWarningKind.NoGradients);
        Assert.Contains(messages, message => message.Contains("attacked by its scores alone", StringComparison.Ordinal)
            && message.Contains("Hardmax", StringComparison.Ordinal));
        var error = Assert.Throws<ArgumentException>(() => Explained.Estimator(_ml, chain));
        Assert.Contains("Its ONNX graph cannot be read: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Hardmax", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelTrainedOnTheScores_IsEvaluatedByItsOwn_WithGradientsThroughTheGraph()
    {
        var rows = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make(45, 4));
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(rows).Transform(rows);
        var scores = Chain("Identity", "logits");
        var stacked = new TransformerChain<ITransformer>(scores,
            _ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(featureColumnName: "logits").Fit(scores.Transform(keyed)));
        var metrics = Evaluate(stacked);
        Assert.Null(metrics.NoGradients);
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy - 0.05);
        Assert.Equal(_ml.MulticlassClassification.Evaluate(stacked.Transform(_data)).MicroAccuracy, metrics.CleanAccuracy, 1e-9);
    }

    private RobustnessMetrics Evaluate(ITransformer model, bool hasGradients = true) =>
        _ml.MulticlassClassification.EvaluateRobustness(model, _data, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.22),
            Suite = threat => hasGradients
                ? new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 })
                : new AttackSuite(new SquareAttack(threat) { Queries = 20 }),
            Seed = 3,
        });

    private ITransformer Chain(string last, string output)
    {
        var path = _folder.PathOf($"{last}.onnx");
        File.WriteAllBytes(path, Graph(last, output));
        var step = _ml.Transforms.ApplyOnnxModel(output, "Features", path).Fit(_data);
        return output != "probabilities" ? new TransformerChain<ITransformer>(step)
            : new TransformerChain<ITransformer>(step, _ml.Transforms.CopyColumns("Score", output).Fit(step.Transform(_data)));
    }

    // Gemm of the native network's weights, and the operator that makes the scores.
    private byte[] Graph(string last, string output)
    {
        float[][] weights = [.. _native.Network.parameters().Select(values => values.cpu().data<float>().ToArray())];
        var graph = new GraphProto
        {
            Name = "linear",
            Input = { Value("Features", TwoDimensionalClasses.Dimensions) },
            Output = { Value(output, Classes) },
            Initializer =
            {
                Tensor("weights", weights[0], Classes, TwoDimensionalClasses.Dimensions), Tensor("bias", weights[1], Classes),
            },
            Node =
            {
                new NodeProto
                {
                    OpType = "Gemm",
                    Input = { "Features", "weights", "bias" },
                    Output = { "linear" },
                    Attribute = { new AttributeProto { Name = "transB", I = 1, Type = AttributeProto.Types.AttributeType.Int } },
                },
                new NodeProto { OpType = last, Name = "last", Input = { "linear" }, Output = { output } },
            },
        };
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Version = 13 } },
            Graph = graph,
        }.ToByteArray();
    }

    private static TensorProto Tensor(string name, float[] values, params long[] sizes) =>
        new() { Name = name, DataType = (int)TensorProto.Types.DataType.Float, Dims = { sizes }, FloatData = { values } };

    private static ValueInfoProto Value(string name, long size) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)TensorProto.Types.DataType.Float,
                Shape = new TensorShapeProto
                {
                    Dim =
                    {
                        new TensorShapeProto.Types.Dimension { DimParam = "N" },
                        new TensorShapeProto.Types.Dimension { DimValue = size },
                    },
                },
            },
        },
    };
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

/// <summary>The step among ML.NET's own.</summary>
public class PipelineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Chain_TrainsEvaluatesAndGivesTheLabelBack()
    {
        var data = TwoDimensionalClasses.View(_ml, rows: 120);
        using var model = Pipeline(epochs: 8).Fit(data);
        var scored = model.Transform(TwoDimensionalClasses.View(_ml, rows: 60, seed: 2));
        var metrics = _ml.MulticlassClassification.Evaluate(scored);
        Assert.True(metrics.MacroAccuracy >= 0.95, $"accuracy {metrics.MacroAccuracy}");
        Assert.InRange(metrics.LogLoss, 0, 0.6);
        Assert.Equal(3, metrics.ConfusionMatrix.NumberOfClasses);

        var predictions = _ml.Data.CreateEnumerable<TwoDimensionalClasses.Prediction>(
            model.Transform(TwoDimensionalClasses.View(_ml, rows: 6, seed: 2)), reuseRowObject: false).ToList();
        Assert.Equal(["red", "green", "blue", "red", "green", "blue"],
            predictions.Select(prediction => prediction.PredictedLabel));
        Assert.All(predictions, prediction => Assert.Equal(1, prediction.Score.Sum(), 1e-5f));
    }

    [Fact]
    public void CrossValidate_JustWorks()
    {
        var results = _ml.MulticlassClassification.CrossValidate(TwoDimensionalClasses.View(_ml, rows: 120), Pipeline(epochs: 8),
            numberOfFolds: 3);
        Assert.Equal(3, results.Count);
        Assert.All(results,
            result => Assert.True(result.Metrics.MacroAccuracy >= 0.9, $"fold {result.Fold}: {result.Metrics.MacroAccuracy}"));
        foreach (var result in results)
            (result.Model as IDisposable)?.Dispose();
    }

    [Fact]
    public void NumberLabels_EvaluateToo()
    {
        var data = TwoDimensionalClasses.View(_ml, rows: 120);
        using var classifier = TwoDimensionalClasses.Trainer(_ml,
            options => (options.LabelColumnName, options.Epochs) = ("Number", 8)).Fit(data);
        Assert.True(_ml.MulticlassClassification.Evaluate(classifier.Transform(data), "Number").MacroAccuracy >= 0.95);
    }

    [Fact]
    public void PredictionEngine_GivesWhatTransformGives()
    {
        using var model = Pipeline(epochs: 2).Fit(TwoDimensionalClasses.View(_ml));
        var points = TwoDimensionalClasses.Make(rows: 9, seed: 4);
        var scored = _ml.Data.CreateEnumerable<TwoDimensionalClasses.Prediction>(
            model.Transform(_ml.Data.LoadFromEnumerable(points)), reuseRowObject: false).ToList();
        using var engine = _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.Prediction>(model,
            new PredictionEngineOptions { OwnsTransformer = false });
        for (var i = 0; i < points.Length; i++)
        {
            var prediction = engine.Predict(points[i]);
            Assert.Equal(scored[i].PredictedLabel, prediction.PredictedLabel);
            for (var k = 0; k < 3; k++)
                Assert.Equal(scored[i].Score[k], prediction.Score[k], 1e-5f);
        }
    }

    [Fact]
    public void PredictionEngine_ComputesARowOnce_AndSeesTheNext()
    {
        var passes = new CountingNetwork.Counter();
        ModelArchitecture.Register("counting", (shape, classes) => new CountingNetwork(shape.Length, classes, passes));
        using var model = Pipeline(epochs: 1, ModelArchitecture.Registered("counting")).Fit(TwoDimensionalClasses.View(_ml));
        using var engine = _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.Prediction>(model,
            new PredictionEngineOptions { OwnsTransformer = false });
        var points = TwoDimensionalClasses.Make(rows: 2);
        var before = passes.Count;
        var first = engine.Predict(points[0]);
        Assert.Equal(before + 1, passes.Count);
        var second = engine.Predict(points[1]);
        Assert.Equal(before + 2, passes.Count);
        Assert.NotEqual(first.Score, second.Score);
    }

    [Fact]
    public void PredictionEngine_Disposed_FreesTheNetwork()
    {
        var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 1).Fit(TwoDimensionalClasses.Keyed(_ml));
        _ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.ScoreOnly>(classifier).Dispose();
        Assert.Throws<ObjectDisposedException>(() => classifier.Transform(TwoDimensionalClasses.Keyed(_ml)));
    }

    [Fact]
    public void Features_ThatAreNotNumbers_GiveNoLabel()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var points = TwoDimensionalClasses.Make(rows: 3);
        points[1].Features[0] = float.NaN;
        var scores = TwoDimensionalClasses.Scores(classifier.Transform(_ml.Data.LoadFromEnumerable(points)));
        Assert.All(scores[1].Score, score => Assert.True(float.IsNaN(score)));
        Assert.Equal(0u, scores[1].PredictedLabel);
        Assert.All([scores[0], scores[2]], row => Assert.InRange(row.PredictedLabel, 1u, 3u));
    }

    [Fact]
    public void Transformer_OutlivesADisposeScopeAroundFit()
    {
        NeuralClassifierTransformer classifier;
        List<float[]> inside;
        using (NewDisposeScope())
        {
            classifier = TwoDimensionalClasses.Trainer(_ml,
                options => (options.Architecture,
                    options.Epochs) = (ModelArchitecture.MultilayerPerceptron(16).WithNormalization([0.5f], [0.5f]), 1))
                    .Fit(TwoDimensionalClasses.Keyed(_ml));
            inside = TwoDimensionalClasses.ScoresOnly(classifier.Transform(TwoDimensionalClasses.View(_ml)));
        }

        Assert.Equal(inside, TwoDimensionalClasses.ScoresOnly(classifier.Transform(TwoDimensionalClasses.View(_ml))));
        classifier.Dispose();
    }

    [Fact]
    public void Transformer_TellsWhatItIs()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var prediction = Assert.IsAssignableFrom<ISingleFeaturePredictionTransformer<nn.Module<Tensor, Tensor>>>(classifier);
        Assert.Same(classifier.Network, prediction.Model);
        Assert.Equal("Features", prediction.FeatureColumnName);
        Assert.Equal("Vector<Single, 4>", prediction.FeatureColumnType.ToString());
        Assert.Equal("4", classifier.InputShape.ToString());
        Assert.Equal(3, classifier.Classes);
        Assert.False(classifier.Network.training);
        Assert.DoesNotContain(classifier.Network.parameters(), parameter => parameter.requires_grad);
        Assert.True(TwoDimensionalClasses.Trainer(_ml).Info.NeedNormalization);
        Assert.False(TwoDimensionalClasses.Trainer(_ml).Info.WantCaching);
    }

    [Fact]
    public void Images_TrainTheConvolutionalNetworkByDefault()
    {
        var data = _ml.Data.GenerateDigits(40);
        using var classifier = _ml.MulticlassClassification.Trainers.AdversarialTraining(attack: TwoDimensionalClasses.Attack,
            epochs: 1).Fit(data);
        Assert.Equal("1×28×28", classifier.InputShape.ToString());
        Assert.Equal(ModelArchitecture.ConvNet().ToString(), classifier.Architecture.ToString());
        Assert.Equal(10, classifier.Classes);
    }

    private EstimatorChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> Pipeline(int epochs,
        ModelArchitecture? architecture = null) =>
        _ml.Transforms.Conversion.MapValueToKey("Label", "Kind",
            keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence)
            .Append(_ml.Transforms.NormalizeMinMax("Features"))
            .Append(TwoDimensionalClasses.Trainer(_ml, options =>
            {
                options.Epochs = epochs;
                options.Architecture = architecture ?? options.Architecture;
            }))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private sealed class CountingNetwork : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear _layer;
        private readonly Counter _counter;

        internal CountingNetwork(int inputs, int classes, Counter counter) : base(nameof(CountingNetwork))
        {
            _layer = nn.Linear(inputs, classes);
            _counter = counter;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            _counter.Count++;
            return _layer.call(input);
        }

        internal sealed class Counter
        {
            public int Count { get; set; }
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

/// <summary>Two small tables from ML.NET's own tests, through the whole of a pipeline.</summary>
public sealed class TabularTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class Flower
    {
        public float Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Cell
    {
        public float Label { get; set; }

        [VectorType(9)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Answer
    {
        public float PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }

    [Fact]
    public void Iris_GoesThroughTheWholePipeline()
    {
        var data = Load("iris.txt", features: 4, rows: 150);
        Try<Flower>(data, accuracy: 0.9,
            engine => engine.Predict(new Flower { Features = [5.1f, 3.5f, 1.4f, 0.2f] }).PredictedLabel, expected: 0);
    }

    [Fact]
    public void BreastCancer_WithMissingValues_GoesThroughTheWholePipeline()
    {
        var data = Load("breast-cancer.txt", features: 9, rows: 699);
        Try<Cell>(data, accuracy: 0.93,
            engine => engine.Predict(new Cell { Features = [5, 1, 1, 1, 2, float.NaN, 3, 1, 1] }).PredictedLabel, expected: 0);
    }

    private void Try<TRow>(IDataView data, double accuracy, Func<PredictionEngine<TRow, Answer>, float> predict, float expected)
        where TRow : class
    {
        var pipeline = Pipeline();
        var split = _ml.Data.TrainTestSplit(data, testFraction: 0.3, seed: 1);
        using var model = pipeline.Fit(split.TrainSet);
        var metrics = _ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
        Assert.True(metrics.MicroAccuracy >= accuracy, $"accuracy {metrics.MicroAccuracy}");

        var folds = _ml.MulticlassClassification.CrossValidate(data, pipeline, numberOfFolds: 3);
        Assert.True(folds.Average(fold => fold.Metrics.MicroAccuracy) >= accuracy,
            $"cross-validated {folds.Average(fold => fold.Metrics.MicroAccuracy)}");
        foreach (var fold in folds)
            (fold.Model as IDisposable)?.Dispose();

        var path = _folder.PathOf("model.zip");
        _ml.Model.SaveAtomically(model, data.Schema, path);
        var loaded = new MLContext().Model.Load(path, out var schema);
        Assert.Equal(TwoDimensionalClasses.ScoresOnly(model.Transform(split.TestSet)),
            TwoDimensionalClasses.ScoresOnly(loaded.Transform(split.TestSet)));
        using var engine = _ml.Model.CreatePredictionEngine<TRow, Answer>(loaded);
        Assert.Equal(expected, predict(engine));
    }

    private IDataView Load(string file, int features, int rows)
    {
        var path = Path.Combine(SharedData.FolderOrSkip("tabular"), file);
        var data = _ml.Data.LoadFromTextFile(path,
            [new TextLoader.Column("Label", DataKind.Single, 0),
                new TextLoader.Column("Features", DataKind.Single, 1, features)]);
        Assert.Equal(rows, data.GetColumn<float>("Label").Count());
        return data;
    }

    private EstimatorChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> Pipeline() =>
        _ml.Transforms.ReplaceMissingValues("Features",
            replacementMode: Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode.Mean)
            .Append(_ml.Transforms.NormalizeMinMax("Features", fixZero: false))
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label"))
            .Append(TwoDimensionalClasses.Trainer(_ml, options =>
            {
                options.Architecture = ModelArchitecture.MultilayerPerceptron(32);
                options.Optimizer = new AdamWOptions { LearningRate = 0.02 };
                options.Epochs = 30;
            }))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
}

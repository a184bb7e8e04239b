using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Points of two classes in four dimensions, some on the wrong side, with every kind of label.</summary>
internal static class BinaryPoints
{
    internal sealed class Point
    {
        public bool Label { get; set; }

        public float Number { get; set; }

        public string Kind { get; set; } = "";

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    internal sealed class Prediction
    {
        public bool PredictedLabel { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }
    }

    internal static Point[] Make(int rows = 120, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            float[] features = [.. Enumerable.Range(0, TwoDimensionalClasses.Dimensions).Select(_ => random.NextSingle())];
            var isTrue = features[0] - 0.5f * features[1] + 0.3f * random.NextSingle() > 0.4f;
            return new Point { Label = isTrue, Number = isTrue ? 1 : 0, Kind = isTrue ? "yes" : "no", Features = features };
        })];
    }

    internal static IDataView View(MLContext ml, int rows = 120, int seed = 1) => ml.Data.LoadFromEnumerable(Make(rows, seed));

    internal static AdversarialTrainer Trainer(MLContext ml, Action<AdversarialTrainer.Options>? change = null) =>
        ml.BinaryClassification.Trainers.AdversarialTraining(TwoDimensionalClasses.Options(change));

    internal static NeuralClassifierTransformer Fitted(MLContext ml) =>
        Trainer(ml, options => options.InputShape = new InputShape(1, 2, 2)).Fit(View(ml));

    /// <summary>What a model predicts, row by row.</summary>
    internal static bool[] Predictions(ITransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<bool>("PredictedLabel")];
}

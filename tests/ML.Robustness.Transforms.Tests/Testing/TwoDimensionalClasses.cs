using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Points of three classes in four dimensions that a small network tells apart, and trainers that take a
/// moment.</summary>
internal static class TwoDimensionalClasses
{
    internal const int Dimensions = 4;

    private static readonly string[] Kinds = ["red", "green", "blue"];

    internal sealed class Point
    {
        public string Kind { get; set; } = "";

        public float Number { get; set; }

        [VectorType(Dimensions)]
        public float[] Features { get; set; } = [];
    }

    internal sealed class BytePoint
    {
        public float Number { get; set; }

        [VectorType(Dimensions)]
        public byte[] Features { get; set; } = [];
    }

    internal sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    internal sealed class ScoreOnly
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class FeaturesOnly
    {
        [VectorType(Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Copied
    {
        [VectorType(Dimensions)]
        public float[] Input { get; set; } = [];
    }

    /// <summary>A step that copies the features into the column Input, as code of the user's, which has no gradients.</summary>
    internal static ITransformer UsersOwnCopy(MLContext ml, IDataView data) => ml.Transforms
        .CustomMapping<FeaturesOnly, Copied>(static (from, to) => to.Input = [.. from.Features], null).Fit(data);

    internal static Point[] Make(int rows = 90, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(row => new Point
        {
            Kind = Kinds[row % 3],
            Number = row % 3,
            Features = [
                .. Enumerable.Range(0, Dimensions).Select(i => 0.2f + (i == row % 3 ? 0.5f : 0) + 0.2f * random.NextSingle())],
        })];
    }

    internal static IDataView View(MLContext ml, int rows = 90, int seed = 1) => ml.Data.LoadFromEnumerable(Make(rows, seed));

    /// <summary>The points with their features as bytes.</summary>
    internal static IDataView Bytes(MLContext ml, int rows = 90) => ml.Data.LoadFromEnumerable(Make(rows).Select(point =>
        new BytePoint { Number = point.Number, Features = [.. point.Features.Select(value => (byte)(value * 255))] }));

    /// <summary>The points with the key column Label that stands for their kind.</summary>
    internal static IDataView Keyed(MLContext ml, int rows = 90, int seed = 1)
    {
        var view = View(ml, rows, seed);
        return ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(view).Transform(view);
    }

    internal static ProjectedGradientDescent Attack => new(ThreatModel.LInf(0.05)) { Steps = 2 };

    internal static AdversarialTrainer.Options Options(Action<AdversarialTrainer.Options>? change = null)
    {
        var options = new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.MultilayerPerceptron(16),
            Attack = Attack,
            Epochs = 3,
            BatchSize = 16,
            Optimizer = new AdamWOptions { LearningRate = 0.02 },
        };
        change?.Invoke(options);
        return options;
    }

    internal static AdversarialTrainer Trainer(MLContext ml, Action<AdversarialTrainer.Options>? change = null) =>
        ml.MulticlassClassification.Trainers.AdversarialTraining(Options(change));

    internal static NeuralClassifierTransformer Fitted(MLContext ml, Action<AdversarialTrainer.Options>? change = null) =>
        Trainer(ml, change).Fit(Keyed(ml));

    /// <summary>The points, their features in a column Points too, and a classifier trained on that column.</summary>
    internal static (IDataView Data, NeuralClassifierTransformer Classifier) FittedOnPoints(MLContext ml)
    {
        var keyed = Keyed(ml, 30);
        var data = ml.Transforms.CopyColumns("Points", "Features").Fit(keyed).Transform(keyed);
        return (data, Trainer(ml, options => (options.FeatureColumnName, options.Epochs) = ("Points", 1)).Fit(data));
    }

    /// <summary>Makes and disposes the network of <see cref="Options"/>, and nothing else.</summary>
    internal static void BareNetwork() =>
        ModelArchitecture.MultilayerPerceptron(16).Create(InputShape.Vector(Dimensions), 3, seed: 0).Dispose();

    /// <summary>Scores and predicted keys, one entry a row.</summary>
    internal static List<(float[] Score, uint PredictedLabel)> Scores(IDataView scored, Random? random = null)
    {
        using var cursor = scored.GetRowCursor([scored.Schema["Score"], scored.Schema["PredictedLabel"]], random);
        return Scores(cursor);
    }

    internal static List<(float[] Score, uint PredictedLabel)> Scores(DataViewRowCursor cursor)
    {
        var getScore = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
        var getLabel = cursor.GetGetter<uint>(cursor.Schema["PredictedLabel"]);
        var rows = new List<(float[], uint)>();
        VBuffer<float> score = default;
        uint label = 0;
        while (cursor.MoveNext())
        {
            getScore(ref score);
            getLabel(ref label);
            rows.Add((score.DenseValues().ToArray(), label));
        }

        return rows;
    }

    internal static List<float[]> ScoresOnly(IDataView scored)
    {
        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        var getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        var rows = new List<float[]>();
        VBuffer<float> score = default;
        while (cursor.MoveNext())
        {
            getScore(ref score);
            rows.Add([.. score.DenseValues()]);
        }

        return rows;
    }

    /// <summary>The weights of a network, bit for bit.</summary>
    internal static byte[] Weights(NeuralClassifierTransformer classifier)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return [
            .. classifier.Network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .SelectMany(entry => entry.Value.cpu().contiguous().bytes.ToArray())];
    }
}

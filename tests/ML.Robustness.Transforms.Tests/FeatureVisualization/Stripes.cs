using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Imaging;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Imaging;

namespace ML.Robustness.Transforms.Tests.FeatureVisualization;

/// <summary>Small grey images with a bright row or a bright column, and classifiers that tell them apart.</summary>
internal static class Stripes
{
    internal const int Side = 6;

    internal sealed class Row
    {
        public string Kind { get; set; } = "";

        [VectorType(1, Side, Side)]
        public float[] Pixels { get; set; } = [];
    }

    internal static IDataView View(MLContext ml, int rows = 60) => ml.Data.LoadFromEnumerable(Make(rows));

    internal static Row[] Make(int rows)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var place = random.Next(Side);
            return new Row
            {
                Kind = row % 2 == 0 ? "across" : "down",
                Pixels = [
                    .. Enumerable.Range(0, Side * Side)
                    .Select(i => ((row % 2 == 0 ? i / Side : i % Side) == place ? 0.8f : 0.1f) + 0.1f * random.NextSingle())],
            };
        })];
    }

    /// <summary>A chain that copies the pixels, makes keys and trains; the classifier in it is the caller's to dispose.</summary>
    internal static TransformerChain<NeuralClassifierTransformer> Chain(MLContext ml, ModelArchitecture? architecture = null,
        int epochs = 25) => ml.Transforms.CopyColumns("Features", "Pixels")
        .Append(ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
        .Append(ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = architecture ?? ModelArchitecture.ConvNet(8, 16),
            Objective = new StandardObjective(),
            Optimizer = new AdamWOptions { LearningRate = 0.01 },
            BatchSize = 20,
            Epochs = epochs,
        })).Fit(View(ml, 240));

    internal static T[] Column<T>(IDataView view, string name)
    {
        var column = view.Schema[name];
        using var cursor = view.GetRowCursor([column]);
        var getter = cursor.GetGetter<T>(column);
        var values = new List<T>();
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            values.Add(value);
        }
        return [.. values];
    }

    internal static string[] Texts(IDataView view, string name) =>
        [.. Column<ReadOnlyMemory<char>>(view, name).Select(text => text.ToString())];

    internal static float[][] Vectors(IDataView view, string name) =>
        [.. Column<VBuffer<float>>(view, name).Select(vector => vector.DenseValues().ToArray())];

    internal static RgbImage[] Pictures(IDataView view, string name) => [.. Column<MLImage>(view, name).Select(image =>
    {
        using (image)
            return MLImageConversion.Of(image);
    })];
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Small colour images of two classes, and the same ones in the other order of channels.</summary>
internal static class ColorRows
{
    internal const int Side = 5, Pixels = Side * Side;

    internal static readonly InputShape Shape = new(3, Side, Side);

    internal sealed class Row
    {
        public float Label { get; set; }

        [VectorType(3, Side, Side)]
        public float[] Features { get; set; } = [];

        [VectorType(3, Side, Side)]
        public float[] Flipped { get; set; } = [];

        [VectorType(3, Side, Side)]
        public byte[] Bytes { get; set; } = [];

        [VectorType(3, Side, Side)]
        public byte[] FlippedBytes { get; set; } = [];

        [VectorType(1, Side, Side)]
        public float[] Attribution { get; set; } = [];
    }

    internal static Row[] Make(int rows = 24)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var bytes = Enumerable.Range(0, 3 * Pixels)
                .Select(place => (byte)(random.Next(120) + (place / Pixels == row % 2 * 2 ? 100 : 0))).ToArray();
            var features = Array.ConvertAll(bytes, value => value / 255f);
            return new Row
            {
                Label = row % 2,
                Features = features,
                Flipped = Flip(features),
                Bytes = bytes,
                FlippedBytes = Flip(bytes),
                Attribution = [.. features.Take(Pixels).Select(value => value - 0.4f)],
            };
        })];
    }

    internal static IDataView View(MLContext ml, int rows = 24) => ml.Data.LoadFromEnumerable(Make(rows));

    internal static NeuralClassifierTransformer Classifier(MLContext ml) =>
        ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Objective = new StandardObjective(),
            Architecture = ModelArchitecture.ConvNet(4, 8),
            Epochs = 2,
            Seed = 5,
        }).Fit(View(ml));

    /// <summary>The values with the first and the last channel exchanged.</summary>
    internal static T[] Flip<T>(T[] values)
    {
        var plane = values.Length / 3;
        return [.. values[(2 * plane)..], .. values[plane..(2 * plane)], .. values[..plane]];
    }

    /// <summary>The image with red and blue exchanged.</summary>
    internal static RgbImage Exchanged(RgbImage image) => new(image.Width, image.Height,
        [.. image.Rgba.Chunk(4).SelectMany(pixel => new[] { pixel[2], pixel[1], pixel[0], pixel[3] })]);
}

using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Evaluation;

/// <summary>ML.NET's permutation feature importance of chains that end in our classifier.</summary>
public sealed class PermutationFeatureImportanceTests : IDisposable
{
    private const int Seed = 7;

    private static readonly string[] Columns = ["Width", "Height", "Depth", "Noise"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    // More than one batch of the classifier.
    private readonly Box[] _boxes = [.. TwoDimensionalClasses.Make(300).Select(Box.Of)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Importance_OfAChain_IsThatOfPermutingByHand_InMemoryAndLoaded()
    {
        var data = _ml.Data.LoadFromEnumerable(_boxes);
        using var model = _ml.Transforms.Concatenate("Features", Columns)
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Append(TwoDimensionalClasses.Trainer(_ml))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Named", "PredictedLabel"))
            .Fit(data);
        _ml.Model.Save(model, data.Schema, _folder.PathOf("model.zip"));
        var loaded = _ml.Model.Load(_folder.PathOf("model.zip"), out _);

        var expected = ByHand(model);
        Assert.True(expected["Width"].MicroAccuracy < -0.1);
        foreach (var chain in new[] { model, loaded })
        {
            var found = new MLContext(Seed).MulticlassClassification.PermutationFeatureImportance(chain, chain.Transform(data));
            Assert.Equal(Columns.Order(), found.Keys.Order());
            foreach (var column in Columns)
            {
                Assert.Equal(expected[column].MicroAccuracy, found[column].MicroAccuracy.Mean, 1e-9);
                Assert.Equal(expected[column].LogLoss, found[column].LogLoss.Mean, 1e-9);
            }
        }

        ((IDisposable)loaded).Dispose();
    }

    [Fact]
    public void Importance_OfAClassifierAlone_IsThatOfItsChain()
    {
        var data = _ml.Data.LoadFromEnumerable(_boxes);
        using var model = _ml.Transforms.Concatenate("Features", Columns)
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Append(TwoDimensionalClasses.Trainer(_ml))
            .Fit(data);
        var rows = model.Transform(data);
        double[] Importance(ITransformer one) => [
            .. new MLContext(Seed).MulticlassClassification.PermutationFeatureImportance(one, rows)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value.LogLoss.Mean)];
        Assert.Equal(Importance(model), Importance(model.LastTransformer));
    }

    /// <summary>The change of accuracy and loss when a column is shuffled as ML.NET shuffles it.</summary>
    private Dictionary<string, (double MicroAccuracy, double LogLoss)> ByHand(ITransformer model)
    {
        var random = ShufflesOf(new MLContext(Seed));
        var before = Evaluate(model, _boxes);
        return Columns.ToDictionary(column => column, column =>
        {
            var values = _boxes.Select(box => box.Get(column)).ToArray();
            for (var i = 0; i < values.Length; i++)
            {
                var other = i + random.Next(values.Length - i);
                (values[i], values[other]) = (values[other], values[i]);
            }

            var after = Evaluate(model, [.. _boxes.Select((box, i) => box.With(column, values[i]))]);
            return (after.MicroAccuracy - before.MicroAccuracy, after.LogLoss - before.LogLoss);
        });
    }

    private MulticlassClassificationMetrics Evaluate(ITransformer model, Box[] boxes) =>
        _ml.MulticlassClassification.Evaluate(model.Transform(_ml.Data.LoadFromEnumerable(boxes)));

    /// <summary>The random numbers that the first call on a context shuffles by.</summary>
    private static Random ShufflesOf(MLContext ml)
    {
        var host = ((IHostEnvironment)ml).Register("PermutationFeatureImportance");
        var create = typeof(IHost).Assembly.GetType("Microsoft.ML.RandomUtils", throwOnError: true)!
            .GetMethod("Create", BindingFlags.Static | BindingFlags.Public, [typeof(int)])!;
        return (Random)create.Invoke(null, [host.Rand.Next()])!;
    }

    private sealed record Box
    {
        public string Kind { get; init; } = "";

        public float Width { get; init; }

        public float Height { get; init; }

        public float Depth { get; init; }

        public float Noise { get; init; }

        internal static Box Of(TwoDimensionalClasses.Point point) => new()
        {
            Kind = point.Kind,
            Width = point.Features[0],
            Height = point.Features[1],
            Depth = point.Features[2],
            Noise = point.Features[3],
        };

        internal float Get(string column) => column switch
        {
            "Width" => Width,
            "Height" => Height,
            "Depth" => Depth,
            _ => Noise,
        };

        internal Box With(string column, float value) => column switch
        {
            "Width" => this with { Width = value },
            "Height" => this with { Height = value },
            "Depth" => this with { Depth = value },
            _ => this with { Noise = value },
        };
    }
}

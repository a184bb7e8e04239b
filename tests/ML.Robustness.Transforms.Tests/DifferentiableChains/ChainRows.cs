using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.DifferentiableChains;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.RawFeatures;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.DifferentiableChains;

/// <summary>Rows with numbers, a vector and categories, and what reads a chain over them.</summary>
internal static class ChainRows
{
    internal static MLContext Context => new(seed: 1);

    internal sealed class Row
    {
        public float Age { get; set; }

        public float Income { get; set; }

        [VectorType(2)]
        public float[] Debts { get; set; } = [];

        public string City { get; set; } = "";

        public bool IsMember { get; set; }

        public float Class { get; set; }

        public bool Label { get; set; }
    }

    internal static Row[] All { get; } = Make();

    internal static IDataView Data(MLContext ml) => ml.Data.LoadFromEnumerable(All);

    /// <summary>A chain as a network with gradients, with the rows that it was compared on.</summary>
    internal static (ChainNetwork? Network, LabeledDataset Rows, string? Reason) Read(
        ITransformer model, IDataView data, params string[] attacked)
    {
        var scores = ModelScores.Of(model, model.GetOutputSchema(data.Schema))!;
        var raw = RawOf(model, data, scores, attacked);
        var rows = EvaluationRows.ReadThrough(
            model, RawFeatureRows.Of(data, raw), raw.Features, scores.Threshold is null ? "Class" : "Label", null, scores.Classes,
            0, default);
        return (DifferentiableChain.Of(model, raw, scores, rows, CPU, out var reason), rows, reason);
    }

    internal static RawColumns RawOf(ITransformer model, IDataView data, ModelScores scores, params string[] attacked) =>
        RawColumns.Of(data.Schema, attacked, StepDependencies.Of(
            [.. ClassifierChain.StepsOf(model)], data.Schema, scores.ColumnName));

    private static Row[] Make()
    {
        var random = new Random(7);
        string[] cities = ["Bern", "Lyon", "Oslo"];
        return
        [
            .. Enumerable.Range(0, 80).Select(index =>
            {
                var row = new Row
                {
                    Age = 18 + (60 * random.NextSingle()),
                    Income = 3000 * random.NextSingle(),
                    Debts = [random.NextSingle() - 0.5f, 4 * random.NextSingle()],
                    City = cities[random.Next(3)],
                    IsMember = random.Next(2) == 1,
                };
                var total = (row.Age / 80) + (row.Income / 3000) - row.Debts[0] + (row.City == "Oslo" ? 0.3f : 0);
                row.Class = total < 0.8f ? 0 : total < 1.3f ? 1 : 2;
                row.Label = total > 1.1f;
                return row;
            }),
        ];
    }
}

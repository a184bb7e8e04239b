using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>Turns verdicts, and the rows they are of, into data that ML.NET can save and score.</summary>
/// <param name="label">The column of labels.</param>
/// <param name="values">The values of the model's classes; null where it has none.</param>
/// <param name="features">The column that was attacked.</param>
/// <param name="originals">The features of all rows, as the network reads them; null where they were not kept.</param>
internal sealed class RowResultRows(
    DataViewSchema.Column label, KeyValues? values, FeatureColumn features, float[][]? originals)
{
    /// <summary>Those of the whole, of parts in the order of their rows.</summary>
    internal static RowResultRows Merge(IReadOnlyList<RowResultRows> parts) => parts[0].With(
        parts[0].Kept is null ? null : [.. parts.SelectMany(part => part.Kept!)]);

    private float[][]? Kept => originals;

    private RowResultRows With(float[][]? kept) => new(label, values, features, kept);

    private sealed class VerdictRow
    {
        public long Row { get; set; }

        public uint LabelKey { get; set; }

        public float LabelNumber { get; set; }

        public bool LabelTruth { get; set; }

        public uint CleanPrediction { get; set; }

        public uint AttackedPrediction { get; set; }

        public bool IsRobust { get; set; }

        public string Attack { get; set; } = "";

        public float Distance { get; set; }

        public float[] Numbers { get; set; } = [];

        public byte[] Bytes { get; set; } = [];
    }

    /// <summary>The features of all rows, for later.</summary>
    internal static float[][] Originals(LabeledDataset data)
    {
        var rows = new List<float[]>();
        foreach (var batch in data.Batches(1024, null))
        {
            using (batch)
            {
                var values = batch.Inputs.data<float>().ToArray();
                rows.AddRange(values.Chunk(data.Shape.Length));
            }
        }
        return [.. rows];
    }

    internal IDataView ToDataView(RobustnessReport report, IReadOnlyList<string> names)
    {
        var schema = SchemaDefinition.Create(typeof(VerdictRow));
        var keys = new KeyDataViewType(typeof(uint), report.Classes.Count);
        string[] keyed = [nameof(VerdictRow.LabelKey), nameof(VerdictRow.CleanPrediction), nameof(VerdictRow.AttackedPrediction)];
        foreach (var name in keyed)
        {
            schema[name].ColumnType = keys;
            if (names.Count == report.Classes.Count)
                schema[name].AddAnnotation(
                    KeyValues.Kind, Names(names), new VectorDataViewType(TextDataViewType.Instance, names.Count));
        }
        var labelMember = label.Type switch
        {
            KeyDataViewType => nameof(VerdictRow.LabelKey),
            BooleanDataViewType => nameof(VerdictRow.LabelTruth),
            _ => nameof(VerdictRow.LabelNumber),
        };
        Keep(schema, labelMember, label.Name,
            nameof(VerdictRow.LabelKey), nameof(VerdictRow.LabelTruth), nameof(VerdictRow.LabelNumber));
        var member = originals is null ? null : features.IsBytes ? nameof(VerdictRow.Bytes) : nameof(VerdictRow.Numbers);
        Keep(schema, member, features.Name, nameof(VerdictRow.Bytes), nameof(VerdictRow.Numbers));
        if (member is not null)
            schema[features.Name].ColumnType = features.Type;
        var labels = LabelMap.Of(label, values).LabelsOf(report.Classes.Count);
        return new MLContext().Data.LoadFromEnumerable(
            report.RowResults.Select(verdict => RowOf(report, verdict, labels[verdict.Label])).ToArray(), schema);
    }

    private VerdictRow RowOf(RobustnessReport report, RowResult verdict, float labelNumber)
    {
        var values = originals is null ? [] : report.InputOf(verdict.Row)?.ToArray() ?? originals[verdict.Row - report.FirstRow];
        // ML.NET counts a class's keys from zero and a column's from one.
        return new VerdictRow
        {
            Row = verdict.Row,
            LabelKey = (uint)verdict.Label,
            LabelNumber = labelNumber,
            LabelTruth = labelNumber == 1,
            CleanPrediction = (uint)verdict.CleanPrediction,
            AttackedPrediction = (uint)verdict.Prediction,
            IsRobust = verdict.IsRobust,
            Attack = verdict.Attack is { } attack ? report.Attacks[attack].Name : "",
            Distance = (float)verdict.Distance,
            Numbers = values,
            Bytes = features.IsBytes ? Array.ConvertAll(values, value => (byte)MathF.Round(value * 255)) : [],
        };
    }

    private static VBuffer<ReadOnlyMemory<char>> Names(IReadOnlyList<string> names) =>
        new(names.Count, [.. names.Select(name => name.AsMemory())]);

    /// <summary>Keeps one of several members as a column of some name, or none.</summary>
    private static void Keep(SchemaDefinition schema, string? kept, string name, params string[] members)
    {
        foreach (var member in members)
        {
            var column = schema[member];
            if (member == kept)
                column.ColumnName = name;
            else
                schema.Remove(column);
        }
    }
}

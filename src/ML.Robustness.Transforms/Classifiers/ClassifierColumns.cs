using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>
/// The columns <c>Score</c> and <c>PredictedLabel</c> with the annotations of ML.NET's own multiclass trainers.
/// </summary>
internal static class ClassifierColumns
{
    internal const string Score = "Score";
    internal const string PredictedLabel = "PredictedLabel";

    private const string SetId = "ScoreColumnSetId", ColumnKind = "ScoreColumnKind", ValueKind = "ScoreValueKind";
    private const string TrainingLabelValues = "TrainingLabelValues", SlotNames = "SlotNames";
    private const string Multiclass = "MulticlassClassification";

    private static readonly KeyDataViewType SetIdType = new(typeof(uint), int.MaxValue);

    /// <summary>The columns added to rows of this schema, in ML.NET's order.</summary>
    internal static DataViewSchema.DetachedColumn[] For(DataViewSchema inputSchema, int classes, KeyValues? values)
    {
        var set = NextSetId(inputSchema);

        var predicted = new DataViewSchema.Annotations.Builder();
        AddText(predicted, ColumnKind, Multiclass);
        AddText(predicted, ValueKind, PredictedLabel);
        values?.AddTo(predicted, KeyValues.Kind);
        predicted.AddPrimitiveValue(SetId, SetIdType, set);

        var score = new DataViewSchema.Annotations.Builder();
        AddText(score, ColumnKind, Multiclass);
        score.AddPrimitiveValue(SetId, SetIdType, set);
        AddText(score, ValueKind, Score);
        values?.AddTo(score, TrainingLabelValues);
        if (values is { IsText: true })
            values.AddTo(score, SlotNames);

        return
        [
            new(PredictedLabel, new KeyDataViewType(typeof(uint), classes), predicted.ToAnnotations()),
            new(Score, new VectorDataViewType(NumberDataViewType.Single, classes), score.ToAnnotations()),
        ];
    }

    /// <summary>The shape of the same columns, from the label column alone.</summary>
    internal static SchemaShape ShapeFor(SchemaShape inputSchema, string labelColumnName)
    {
        var label = ColumnShapes.Find(inputSchema, labelColumnName)!.Value;
        DataViewType? values = label.IsKey
            ? ColumnShapes.Find(label.Annotations, KeyValues.Kind)?.ItemType
            : NumberDataViewType.Single;
        SchemaShape.Column[] common =
        [
            ColumnShapes.Key(SetId),
            ColumnShapes.Scalar(ColumnKind, TextDataViewType.Instance),
            ColumnShapes.Scalar(ValueKind, TextDataViewType.Instance),
        ];
        SchemaShape.Column[] OfValues(string kind) => values is null ? [] : [ColumnShapes.Vector(kind, values)];
        var names = values is TextDataViewType ? OfValues(SlotNames) : [];

        return ColumnShapes.With(inputSchema,
            ColumnShapes.Vector(Score, NumberDataViewType.Single, [.. names, .. OfValues(TrainingLabelValues), .. common]),
            ColumnShapes.Key(PredictedLabel, [.. OfValues(KeyValues.Kind), .. common]));
    }

    /// <summary>The values of the classes that a model scores, in the order of its scores; null where it does not tell.</summary>
    internal static KeyValues? ValuesOf(DataViewSchema.Column score, int classes) =>
        KeyValues.Of(score, classes, TrainingLabelValues) ?? KeyValues.Of(score, classes, SlotNames);

    /// <summary>The number of the set that the visible scores belong to; null where there are none, or without a set.</summary>
    internal static uint? SetIdOf(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(Score) is not { } score
            || !SetIdType.Equals(score.Annotations.Schema.GetColumnOrNull(SetId)?.Type))
            return null;
        uint id = 0;
        score.Annotations.GetValue(SetId, ref id);
        return id;
    }

    // Every scored set of columns has its own number, so that evaluators can tell two models in one chain apart.
    private static uint NextSetId(DataViewSchema schema)
    {
        uint highest = 0;
        foreach (var column in schema)
        {
            if (!SetIdType.Equals(column.Annotations.Schema.GetColumnOrNull(SetId)?.Type))
                continue;
            uint id = 0;
            column.Annotations.GetValue(SetId, ref id);
            highest = Math.Max(highest, id);
        }

        return highest + 1;
    }

    private static void AddText(DataViewSchema.Annotations.Builder annotations, string kind, string text) =>
        annotations.AddPrimitiveValue(kind, TextDataViewType.Instance, text.AsMemory());
}

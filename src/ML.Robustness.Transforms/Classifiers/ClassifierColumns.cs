using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>
/// The columns <c>Score</c>, <c>PredictedLabel</c> and <c>Probability</c> with the annotations of ML.NET's own trainers.
/// </summary>
internal static class ClassifierColumns
{
    internal const string Score = "Score";
    internal const string PredictedLabel = "PredictedLabel";
    internal const string Probability = "Probability";
    internal const string Binary = "BinaryClassification";

    private const string SetId = "ScoreColumnSetId", ColumnKind = "ScoreColumnKind", ValueKind = "ScoreValueKind";
    private const string TrainingLabelValues = "TrainingLabelValues", SlotNames = "SlotNames", IsNormalized = "IsNormalized";
    private const string Multiclass = "MulticlassClassification";

    private static readonly KeyDataViewType SetIdType = new(typeof(uint), int.MaxValue);

    /// <summary>The columns added to rows of this schema, in ML.NET's order.</summary>
    internal static DataViewSchema.DetachedColumn[] For(
        DataViewSchema inputSchema, int classes, KeyValues? values, ClassifierKind kind)
    {
        var set = NextSetId(inputSchema);
        return kind == ClassifierKind.Binary
            ?
            [
                new(PredictedLabel, BooleanDataViewType.Instance, PredictedAnnotations(Binary, set, null)),
                new(Score, NumberDataViewType.Single, ScoreAnnotations(Binary, set, null)),
                new(Probability, NumberDataViewType.Single, ProbabilityAnnotations(set)),
            ]
            :
            [
                new(PredictedLabel, new KeyDataViewType(typeof(uint), classes), PredictedAnnotations(Multiclass, set, values)),
                new(Score, new VectorDataViewType(NumberDataViewType.Single, classes), ScoreAnnotations(Multiclass, set, values)),
            ];
    }

    /// <summary>The shape of the same columns, from the label column alone.</summary>
    internal static SchemaShape ShapeFor(SchemaShape inputSchema, string labelColumnName, ClassifierKind kind)
    {
        SchemaShape.Column[] common =
        [
            ColumnShapes.Key(SetId),
            ColumnShapes.Scalar(ColumnKind, TextDataViewType.Instance),
            ColumnShapes.Scalar(ValueKind, TextDataViewType.Instance),
        ];
        if (kind == ClassifierKind.Binary)
            return ColumnShapes.With(inputSchema,
                ColumnShapes.Scalar(Score, NumberDataViewType.Single, common),
                ColumnShapes.Scalar(Probability, NumberDataViewType.Single,
                    [.. common, ColumnShapes.Scalar(IsNormalized, BooleanDataViewType.Instance)]),
                ColumnShapes.Scalar(PredictedLabel, BooleanDataViewType.Instance, common));

        var label = ColumnShapes.Find(inputSchema, labelColumnName)!.Value;
        DataViewType? values = label.IsKey
            ? ColumnShapes.Find(label.Annotations, KeyValues.Kind)?.ItemType
            : label.ItemType;
        SchemaShape.Column[] OfValues(string kind) => values is null ? [] : [ColumnShapes.Vector(kind, values)];
        var names = values is TextDataViewType ? OfValues(SlotNames) : [];

        return ColumnShapes.With(inputSchema,
            ColumnShapes.Vector(Score, NumberDataViewType.Single, [.. names, .. OfValues(TrainingLabelValues), .. common]),
            ColumnShapes.Key(PredictedLabel, [.. OfValues(KeyValues.Kind), .. common]));
    }

    /// <summary>The values of the classes that a model scores, in the order of its scores; null where it does not tell.</summary>
    internal static KeyValues? ValuesOf(DataViewSchema.Column score, int classes) =>
        KeyValues.Of(score, classes, TrainingLabelValues) ?? KeyValues.Of(score, classes, SlotNames);

    /// <summary>The kind of trainer that a column of scores is of, as ML.NET names it; null where it does not tell.</summary>
    internal static string? KindOf(DataViewSchema.Column score)
    {
        if (score.Annotations.Schema.GetColumnOrNull(ColumnKind)?.Type is not TextDataViewType)
            return null;
        ReadOnlyMemory<char> kind = default;
        score.Annotations.GetValue(ColumnKind, ref kind);
        return kind.ToString();
    }

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

    private static DataViewSchema.Annotations PredictedAnnotations(string kind, uint set, KeyValues? values)
    {
        var predicted = new DataViewSchema.Annotations.Builder();
        AddText(predicted, ColumnKind, kind);
        AddText(predicted, ValueKind, PredictedLabel);
        values?.AddTo(predicted, KeyValues.Kind);
        predicted.AddPrimitiveValue(SetId, SetIdType, set);
        return predicted.ToAnnotations();
    }

    private static DataViewSchema.Annotations ScoreAnnotations(string kind, uint set, KeyValues? values)
    {
        var score = new DataViewSchema.Annotations.Builder();
        AddText(score, ColumnKind, kind);
        score.AddPrimitiveValue(SetId, SetIdType, set);
        AddText(score, ValueKind, Score);
        values?.AddTo(score, TrainingLabelValues);
        if (values is { IsText: true })
            values.AddTo(score, SlotNames);
        return score.ToAnnotations();
    }

    private static DataViewSchema.Annotations ProbabilityAnnotations(uint set)
    {
        var probability = new DataViewSchema.Annotations.Builder();
        AddText(probability, ColumnKind, Binary);
        probability.AddPrimitiveValue(SetId, SetIdType, set);
        probability.AddPrimitiveValue(IsNormalized, BooleanDataViewType.Instance, true);
        AddText(probability, ValueKind, Probability);
        return probability.ToAnnotations();
    }

    private static void AddText(DataViewSchema.Annotations.Builder annotations, string kind, string text) =>
        annotations.AddPrimitiveValue(kind, TextDataViewType.Instance, text.AsMemory());
}

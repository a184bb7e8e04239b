using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>
/// The raw columns that a model's scores depend on, as one row of features: those attacked, then those that keep their values.
/// </summary>
internal sealed class RawColumns
{
    private readonly DataViewSchema.Column[] _attacked;

    private RawColumns(DataViewSchema schema, DataViewSchema.Column[] attacked, IEnumerable<DataViewSchema.Column> kept)
    {
        Schema = schema;
        _attacked = attacked;
        var columns = new List<RawColumn>();
        foreach (var column in attacked)
            Add(column, LengthOf(column.Type), null);
        foreach (var column in kept)
            Add(column, 1, FixedValues.For(column));
        Columns = columns;
        Length = columns.Sum(column => column.Length);
        Features = columns is [{ Type: VectorDataViewType }]
            ? FeatureColumn.Resolve(schema, columns[0].Name, null)
            : new FeatureColumn(CompositeName(), new VectorDataViewType(NumberDataViewType.Single, Length),
                InputShape.Vector(Length));

        void Add(DataViewSchema.Column column, int length, FixedValues? values) =>
            columns.Add(new RawColumn(column.Name, column.Type, columns.Sum(known => known.Length), length, values));
    }

    /// <summary>The schema of the raw rows.</summary>
    internal DataViewSchema Schema { get; }

    internal IReadOnlyList<RawColumn> Columns { get; }

    /// <summary>How many values a row of features has.</summary>
    internal int Length { get; }

    /// <summary>How many of them, the first ones, may be changed.</summary>
    internal int AttackedLength => _attacked.Sum(column => LengthOf(column.Type));

    /// <summary>The row of features as a column: the attacked column itself where it is one vector and nothing else.</summary>
    internal FeatureColumn Features { get; }

    /// <summary>Whether the row of features is put together of several columns, or of a single number.</summary>
    internal bool IsComposite => Columns is not [{ Type: VectorDataViewType }];

    /// <summary>The names of the features that may be changed.</summary>
    internal FeatureNames Names => FeatureNames.Of(_attacked);

    /// <summary>The raw columns of a model.</summary>
    /// <param name="schema">The schema of the raw rows.</param>
    /// <param name="attacked">The columns that may be changed.</param>
    /// <param name="needed">The columns that the scores depend on; null where that is not known, and it is those named.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is none of numbers.</exception>
    /// <exception cref="ArgumentException">A column is named twice, or the scores depend on none that is named.</exception>
    internal static RawColumns Of(DataViewSchema schema, IReadOnlyList<string> attacked, IReadOnlyList<string>? needed)
    {
        if (attacked.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"Column '{twice.Key}' is named twice among the columns to attack.", nameof(attacked));
        DataViewSchema.Column[] columns = [.. attacked.Select(name => Find(schema, name, attacked.Count > 1))];
        needed ??= attacked;
        if (attacked.FirstOrDefault(name => !needed.Contains(name)) is { } dropped)
            throw new ArgumentException(
                $"The model's scores do not depend on column '{dropped}', so that it cannot be attacked: they depend on "
                + $"{string.Join(", ", needed.Select(name => $"'{name}'"))}.", nameof(attacked));
        return new RawColumns(schema, columns, needed.Where(name => !attacked.Contains(name)).Select(name => schema[name]));
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string name, bool isOneOfSeveral)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(name),
                $"Could not find feature column '{name}'. The columns are "
                + $"{string.Join(", ", schema.Where(one => !one.IsHidden).Select(one => $"'{one.Name}'"))}.");
        var isNumber = column.Type == NumberDataViewType.Single
            || (column.Type is VectorDataViewType { IsKnownSize: true } vector
                && (vector.ItemType == NumberDataViewType.Single
                    || (vector.ItemType == NumberDataViewType.Byte && !isOneOfSeveral)));
        if (isNumber)
            return column;
        var isCategory = column.Type is TextDataViewType or KeyDataViewType or BooleanDataViewType
            || column.Type is VectorDataViewType { ItemType: TextDataViewType or KeyDataViewType or BooleanDataViewType };
        throw new ArgumentOutOfRangeException(nameof(name),
            $"Schema mismatch for feature column '{name}': expected Single, or Vector<Single> of known size, got {column.Type}. "
            + (isCategory
                ? "A category has no distance to others and cannot be attacked: leave it out, and it keeps its value."
                : "Convert it (ConvertType) before the model, or leave it out, and it keeps its value."));
    }

    /// <summary>How many numbers a column of this type has.</summary>
    internal static int LengthOf(DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

    private string CompositeName()
    {
        var name = string.Join(", ", _attacked.Select(column => column.Name));
        while (Schema.GetColumnOrNull(name) is not null)
            name += "'";
        return name;
    }
}

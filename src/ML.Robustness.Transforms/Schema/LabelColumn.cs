using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Schema;

/// <summary>The column that holds the right answers: a key, a Boolean, or class numbers 0, 1, 2 … as Single.</summary>
internal sealed record LabelColumn(string Name, DataViewType Type)
{
    /// <summary>
    /// The most classes that numbers may stand for: a label of 1e9 is more likely a mistake than a billion classes.
    /// </summary>
    internal const int MostClasses = 1 << 16;

    internal bool IsKey => Type is KeyDataViewType;

    private bool IsBoolean => Type is BooleanDataViewType;

    /// <summary>Throws what <c>Fit</c> and <c>GetOutputSchema</c> have to say against the column.</summary>
    internal static void Check(SchemaShape inputSchema, string name, string whereMissing = "")
    {
        if (ColumnShapes.Find(inputSchema, name) is not { } column)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Could not find label column '{name}'. The columns are " +
                    $"{string.Join(", ", inputSchema.Select(other => $"'{other.Name}'"))}.{whereMissing}");
        }

        var isScalar = column.Kind == SchemaShape.Column.VectorKind.Scalar;
        if (!isScalar
            || (column.IsKey ? !column.ItemType.Equals(NumberDataViewType.UInt32)
                : !column.ItemType.Equals(NumberDataViewType.Single) && !column.ItemType.Equals(BooleanDataViewType.Instance)))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for label column '{name}': expected Key<UInt32>, Boolean or Single, got " +
                    $"{ColumnShapes.Describe(column)}. Make keys of the labels with MapValueToKey.");
        }
    }

    internal static LabelColumn Resolve(DataViewSchema inputSchema, string name) =>
        new(name, inputSchema[name].Type);

    /// <summary>The classes that the column's type tells of; null where only the rows can tell.</summary>
    internal static int? ClassesOf(DataViewSchema inputSchema, string name)
    {
        if (inputSchema[name].Type is BooleanDataViewType)
            return 2;
        if (inputSchema[name].Type is not KeyDataViewType key)
            return null;
        if (key.Count is < 2 or > MostClasses)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Label column '{name}' of type {key} has {key.Count} classes: expected between 2 and {MostClasses}. Fit " +
                    "MapValueToKey on rows of at least two classes.");
        }

        return (int)key.Count;
    }

    /// <summary>Throws where the column's type has other than two classes.</summary>
    internal void CheckBinary(DataViewSchema inputSchema)
    {
        if (ClassesOf(inputSchema, Name) is { } classes and not 2)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Label column '{Name}' of type {Type} has {classes} classes: expected Boolean, a key of 2 values, or 0 and 1 "
                    + "as Single. Use MulticlassClassification for more than two classes.");
        }
    }

    /// <summary>The values of the classes that are learned from this column.</summary>
    internal KeyValues? ValuesOf(DataViewSchema schema, int classes) =>
        IsKey ? KeyValues.Of(schema[Name], classes) : IsBoolean ? KeyValues.Booleans : KeyValues.Numbers(classes);

    /// <summary>
    /// Reads the label of the row that the cursor stands on, 0 to K - 1, and throws, naming the row, where there is none.
    /// </summary>
    /// <param name="row">A cursor with this column active.</param>
    /// <param name="classes">K, or null where it is not known yet.</param>
    /// <param name="map">Which class each label is; null for the one of its number.</param>
    internal Func<int> Reader(DataViewRow row, int? classes, LabelMap? map = null)
    {
        var column = row.Schema[Name];
        if (IsKey)
        {
            var getKey = row.GetGetter<uint>(column);
            uint key = 0;
            return () =>
            {
                getKey(ref key);
                if (key == 0)
                    throw Bad(row, "has no label (the key is missing)",
                        "Filter such rows out first, or give MapValueToKey every value that occurs.");
                return Class(row, key - 1, classes, map);
            };
        }
        if (IsBoolean)
        {
            var getTruth = row.GetGetter<bool>(column);
            var truth = false;
            return () =>
            {
                getTruth(ref truth);
                return Class(row, truth ? 1u : 0, classes, map);
            };
        }

        var getNumber = row.GetGetter<float>(column);
        float number = 0;
        var last = (classes ?? MostClasses) - 1;
        return () =>
        {
            getNumber(ref number);
            if (float.IsNaN(number))
                throw Bad(row, "has no label (NaN)", "Filter such rows out first.");
            if (map?.ClassOf(number) is { } known)
            {
                return known >= 0 ? known : throw Bad(row,
                    $"has label {number.ToString(CultureInfo.InvariantCulture)}, which none of the classifier's classes "
                    + $"stands for: these are {LabelMap.List(map.Classes!)}", "Filter such rows out first.");
            }
            if (number < 0 || number > last || number != MathF.Floor(number))
            {
                throw Bad(row,
                    $"has label {number.ToString(CultureInfo.InvariantCulture)}: expected a class number from 0 to {last}",
                    "Number the classes 0, 1, 2 …, or make keys of the labels with MapValueToKey.");
            }

            return (int)number;
        };
    }

    private int Class(DataViewRow row, uint label, int? classes, LabelMap? map)
    {
        var known = label > int.MaxValue ? -1 : map?.ClassOf((int)label) ?? (int)label;
        if (known < 0)
        {
            var name = map?.Labels?.Names() is { } names && label < names.Length ? $"'{names[label]}'" : $"{label}";
            throw Bad(row,
                $"has label {name}, which none of the classifier's classes stands for"
                + (map?.Classes is { } values ? $": these are {LabelMap.List(values)}" : ""), "Filter such rows out first.");
        }
        if (known >= (classes ?? int.MaxValue))
            throw Bad(row,
                $"has label {known}, but there are {classes} classes: labels go from 0 to {classes - 1}",
                "Give all rows keys of the same MapValueToKey.");
        return known;
    }

    private InvalidOperationException Bad(DataViewRow row, string what, string remedy) =>
        new($"Row {row.Position} of column '{Name}' {what}. {remedy}");
}

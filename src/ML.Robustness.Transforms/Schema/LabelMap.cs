using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Schema;

/// <summary>
/// Which class of a classifier a label is: the one of the same value where labels and classes have values, else the one of the
/// same number.
/// </summary>
internal sealed class LabelMap
{
    private readonly int[]? _classes;
    private readonly float[]? _numbers;

    private LabelMap(KeyValues? labels, KeyValues? classes, int[]? map, float[]? numbers) =>
        (Labels, Classes, _classes, _numbers) = (labels, classes, map, numbers);

    /// <summary>The values of the labels; null where they have none, or are numbers themselves.</summary>
    internal KeyValues? Labels { get; }

    /// <summary>The values of the classes; null where they have none.</summary>
    internal KeyValues? Classes { get; }

    /// <summary>The map for a column of labels.</summary>
    /// <param name="column">The column: a key, Boolean, or Single.</param>
    /// <param name="classes">The values of the classifier's classes; null where it has none.</param>
    /// <exception cref="ArgumentOutOfRangeException">Both have values, but none in common.</exception>
    internal static LabelMap Of(DataViewSchema.Column column, KeyValues? classes)
    {
        if (column.Type is not KeyDataViewType and not BooleanDataViewType)
        {
            // Numbers are values where the classes' values are numbers too, such as 1, 2, 3.
            var numbers = classes?.ToNumbers();
            var isInOrder = numbers is null || numbers.Select((value, index) => value == index).All(isSame => isSame);
            return new LabelMap(null, classes, null, isInOrder ? null : numbers);
        }
        var labels = column.Type switch
        {
            BooleanDataViewType => classes?.ToNumbers() is null ? KeyValues.Booleans : KeyValues.Numbers(2),
            KeyDataViewType { Count: > 0 and <= int.MaxValue } key => KeyValues.Of(column, (int)key.Count),
            _ => null,
        };
        if (labels is null || classes is null)
            return new LabelMap(labels, classes, null, null);
        var places = classes.Texts().Select((text, index) => (text, index)).ToDictionary(pair => pair.text, pair => pair.index);
        int[] map = [.. labels.Texts().Select(text => places.GetValueOrDefault(text, -1))];
        return map.Any(index => index >= 0) ? new LabelMap(labels, classes, map, null)
            : throw new ArgumentOutOfRangeException(nameof(column), Differ(
                $"The labels of column '{column.Name}' of type {column.Type}", labels, "the classifier's classes", classes));
    }

    /// <summary>The class of a key or Boolean, numbered from zero; -1 where no class has its value.</summary>
    internal int ClassOf(int label) => _classes is null ? label : label < _classes.Length ? _classes[label] : -1;

    /// <summary>The class of a number; null where the number itself is the class.</summary>
    internal int? ClassOf(float label) => _numbers is null ? null : Array.IndexOf(_numbers, label);

    /// <summary>The label of each class: numbered from zero, or a number; -1 where a class has none.</summary>
    internal float[] LabelsOf(int classes) => _numbers ?? [.. Enumerable.Range(0, classes).Select(
        index => (float)(_classes is null ? index : Array.IndexOf(_classes, index)))];

    /// <summary>The message where two sets of values cannot be mapped onto each other.</summary>
    internal static string Differ(string one, KeyValues values, string other, KeyValues others) =>
        $"{one} stand for {List(values)}, but {other} for {List(others)}. Make both with the same fitted MapValueToKey.";

    /// <summary>The values as messages list them.</summary>
    internal static string List(KeyValues values)
    {
        const int Most = 12;
        var names = values.Names();
        return string.Join(", ", names.Take(Most).Select(name => $"'{name}'"))
            + (names.Length > Most ? $" … ({names.Length} in all)" : "");
    }
}

using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>The names of features: their columns, or their slots' where a column is a vector.</summary>
internal sealed class FeatureNames
{
    private const string SlotNames = "SlotNames";
    private const int Shown = 12;

    private readonly string[] _columns;

    private FeatureNames(string[] names, string[] columns) => (All, _columns) = (names, columns);

    internal IReadOnlyList<string> All { get; }

    /// <summary>The names of all slots of some columns.</summary>
    internal static FeatureNames Of(IReadOnlyList<DataViewSchema.Column> columns) => Of(
        columns.SelectMany(column => Enumerable.Range(0, RawColumns.LengthOf(column.Type)).Select(slot => (column, slot))));

    /// <summary>The names of some slots of columns.</summary>
    internal static FeatureNames Of(IEnumerable<(DataViewSchema.Column Column, int Slot)> slots)
    {
        var known = new Dictionary<string, string[]>();
        var (names, columns) = (new List<string>(), new List<string>());
        foreach (var (column, slot) in slots)
        {
            if (!known.TryGetValue(column.Name, out var own))
                known[column.Name] = own = NamesOf(column);
            names.Add(own[slot]);
            columns.Add(column.Name);
        }
        return new FeatureNames([.. names], [.. columns]);
    }

    /// <summary>The value of each feature, by its own name or its column's.</summary>
    /// <exception cref="ArgumentException">A name is of no feature.</exception>
    internal T[] ValuesOf<T>(IReadOnlyDictionary<string, T> named, T other, string property)
    {
        var unknown = named.Keys.FirstOrDefault(name => !All.Contains(name) && !_columns.Contains(name));
        if (unknown is not null)
            throw new ArgumentException(
                $"{property} names '{unknown}', which is no feature of the model: these are "
                + $"{string.Join(", ", All.Take(Shown).Select(name => $"'{name}'"))}{(All.Count > Shown ? " …" : "")}, of the "
                + $"columns {string.Join(", ", _columns.Distinct().Select(name => $"'{name}'"))}.", property);
        return [.. All.Select((name, place) =>
            named.TryGetValue(name, out var value) || named.TryGetValue(_columns[place], out value) ? value : other)];
    }

    private static string[] NamesOf(DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType { Size: var size })
            return [column.Name];
        string[] names = [.. Enumerable.Range(0, size).Select(
            slot => string.Create(CultureInfo.InvariantCulture, $"{column.Name}[{slot}]"))];
        if (column.Annotations.Schema.GetColumnOrNull(
            SlotNames)?.Type is not VectorDataViewType { ItemType: TextDataViewType } type
            || type.Size != size)
            return names;
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(SlotNames, ref texts);
        return [.. texts.DenseValues().Select((text, slot) => text.IsEmpty ? names[slot] : text.ToString())];
    }
}

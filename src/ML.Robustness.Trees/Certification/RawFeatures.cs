using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Trees.Reading;

namespace ML.Robustness.Trees.Certification;

/// <summary>The raw features under a model's trees: slots of columns of the data, and their names.</summary>
internal sealed class RawFeatures
{
    private const string SlotNames = "SlotNames";

    private readonly (string Column, int Slot)[] _slots;

    internal RawFeatures(DataViewSchema schema, IEnumerable<FeatureSlot> slots)
    {
        _slots = [.. slots.Select(slot => (slot.Column, slot.Slot)).Distinct()];
        Numbers = _slots.Select((slot, number) => (slot, number)).ToDictionary(pair => pair.slot, pair => pair.number);
        Columns = [.. _slots.Select(slot => slot.Column).Distinct().Select(name => schema[name])];
        var names = Columns.ToDictionary(column => column.Name, NamesOf);
        Names = [.. _slots.Select(slot => names[slot.Column][slot.Slot])];
    }

    /// <summary>The number of each slot's feature.</summary>
    internal IReadOnlyDictionary<(string, int), int> Numbers { get; }

    internal IReadOnlyList<DataViewSchema.Column> Columns { get; }

    internal IReadOnlyList<string> Names { get; }

    /// <summary>The slots of a column that are features, and the place of each among the features.</summary>
    internal (int Slot, int Place)[] PlacesOf(DataViewSchema.Column column) =>
        [.. _slots.Select((slot, place) => (slot.Column, slot.Slot, place)).Where(entry => entry.Column == column.Name)
            .Select(entry => (entry.Slot, entry.place))];

    /// <summary>The value of each feature, by its own name or its column's.</summary>
    /// <exception cref="ArgumentException">A name is of no feature.</exception>
    internal T[] ValuesOf<T>(IReadOnlyDictionary<string, T> named, T other, string property)
    {
        var unknown = named.Keys.FirstOrDefault(name =>
            !Names.Contains(name) && !_slots.Any(slot => slot.Column == name));
        if (unknown is not null)
            throw new ArgumentException(
                $"{property} names '{unknown}', which is no feature of the model: these are "
                + $"{string.Join(", ", Names.Take(12).Select(name => $"'{name}'"))}{(Names.Count > 12 ? " …" : "")}, of the "
                + $"columns "
                + $"{string.Join(", ", Columns.Select(column => $"'{column.Name}'"))}.", property);
        return [.. _slots.Select((slot, place) =>
            named.TryGetValue(Names[place], out var value) || named.TryGetValue(slot.Column, out value) ? value : other)];
    }

    /// <summary>Returns what reads the features of the row that a cursor stands on.</summary>
    /// <exception cref="InvalidOperationException">A value is not finite.</exception>
    internal Func<float[]> Reader(DataViewRow row)
    {
        var readers = Columns.ToDictionary(column => column.Name, column => ReaderOf(row, row.Schema[column.Name]));
        return () =>
        {
            var values = readers.ToDictionary(pair => pair.Key, pair => pair.Value());
            var features = new float[_slots.Length];
            for (var place = 0; place < features.Length; place++)
            {
                features[place] = values[_slots[place].Column][_slots[place].Slot];
                if (!float.IsFinite(features[place]))
                    throw new InvalidOperationException(
                        $"Row {row.Position} of column '{_slots[place].Column}' holds "
                        + $"{(float.IsNaN(features[place]) ? "NaN" : "an infinite value")} (slot {_slots[place].Slot}), "
                        + $"but trees "
                        + "are certified for finite features: a missing value has no distance to others. Filter such rows out "
                        + "(FilterRowsByMissingValues) first.");
            }
            return features;
        };
    }

    private static Func<float[]> ReaderOf(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var getNumber = row.GetGetter<float>(column);
            var number = 0f;
            return () =>
            {
                getNumber(ref number);
                return [number];
            };
        }
        var getVector = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> vector = default;
        return () =>
        {
            getVector(ref vector);
            return [.. vector.DenseValues()];
        };
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

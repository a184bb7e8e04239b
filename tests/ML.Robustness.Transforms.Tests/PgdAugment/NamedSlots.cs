using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>The same rows, one column of which has slot names.</summary>
internal sealed class NamedSlots : IDataView
{
    private readonly IDataView _inner;

    internal NamedSlots(IDataView inner, string column, string[] names)
    {
        _inner = inner;
        var schema = new DataViewSchema.Builder();
        foreach (var existing in inner.Schema)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(existing.Annotations, _ => true);
            if (existing.Name == column)
                annotations.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, names.Length),
                    (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(names.Length,
                        [.. names.Select(name => name.AsMemory())]));
            schema.AddColumn(existing.Name, existing.Type, annotations.ToAnnotations());
        }

        Schema = schema.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        _inner.GetRowCursor([.. columnsNeeded.Select(column => _inner.Schema[column.Index])]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];
}

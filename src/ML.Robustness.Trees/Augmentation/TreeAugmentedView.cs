using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Trees.Certification;

namespace ML.Robustness.Trees.Augmentation;

/// <summary>Data with adversarial rows among them. The attack runs once, when rows are first read.</summary>
internal sealed class TreeAugmentedView : IDataView
{
    private readonly IDataView _source;
    private readonly TreeAugmentParameters _parameters;
    private readonly Lazy<IReadOnlyDictionary<DataViewRowId, float[]>> _found;
    private readonly AdversarialRowMapper _mapping;
    private readonly BatchedDataView _examples;

    internal TreeAugmentedView(IDataView source, TreeChain chain, TreeAugmentParameters parameters, DataViewSchema schema)
    {
        (_source, _parameters, Schema) = (source, parameters, schema);
        _found = new(() => Attack(source, chain, parameters));
        _mapping = new AdversarialRowMapper(source.Schema, chain.Features, _found);
        _examples = new BatchedDataView(source, _mapping, 1);
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _source.CanShuffle;

    public long? GetRowCount() => _found.IsValueCreated ? _source.GetRowCount() + _found.Value.Count : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = BatchedRowMapper.Active(Schema, columnsNeeded);
        DataViewSchema.Column[] replaced = [.. _mapping.Inputs];
        var examples = replaced.Select((column, place) => (column, Example: _mapping.OutputSchema[_source.Schema.Count + place]))
            .Where(pair => active[pair.column.Index]).Select(pair => pair.Example);
        var found = _found.Value;
        var rows = _examples.GetRowCursor(
            [.. _source.Schema.Where(column => active[column.Index]), .. examples], rand);
        try
        {
            return new AugmentedRowsCursor(Schema, active, replaced, rows, _parameters.Placement, found.ContainsKey);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    // One cursor: the attack has run on all processors.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static Dictionary<DataViewRowId, float[]> Attack(
        IDataView source, TreeChain chain, TreeAugmentParameters parameters)
    {
        var rows = TreeRows.Read(
            chain, source, chain.Model.Transform(source), parameters.LabelColumnName, CancellationToken.None);
        var found = parameters.Certifier(chain.Features).Attack(
            rows.Classifier, rows.Features, rows.Labels, Array.ConvertAll(rows.Ids, RowIdHash.Of), parameters.Epsilon);
        return rows.Ids.Zip(found).Where(pair => pair.Second is not null)
            .ToDictionary(pair => pair.First, pair => pair.Second!);
    }
}

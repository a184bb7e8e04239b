namespace Microsoft.ML.Data;

/// <summary>An input schema with added columns. One of an existing name stands right after the column that it hides, others at the end.</summary>
internal sealed class ColumnBindings
{
    // For each output column the index of the input column, or the complement of the index of the added column.
    private readonly List<int> _sources;

    public ColumnBindings(DataViewSchema input, DataViewSchema.DetachedColumn[] added)
    {
        InputSchema = input;
        _sources = Enumerable.Range(0, input.Count).ToList();
        for (int i = 0; i < added.Length; i++)
        {
            int hidden = _sources.FindLastIndex(source => NameOf(source) == added[i].Name);
            _sources.Insert(hidden < 0 ? _sources.Count : hidden + 1, ~i);
        }
        var builder = new DataViewSchema.Builder();
        foreach (int source in _sources)
            builder.AddColumns([source >= 0 ? new DataViewSchema.DetachedColumn(input[source]) : added[~source]]);
        Schema = builder.ToSchema();
        AddedColumnIndices = Enumerable.Range(0, added.Length).Select(i => _sources.IndexOf(~i)).ToArray();

        string NameOf(int source) => source >= 0 ? input[source].Name : added[~source].Name;
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema Schema { get; }

    public IReadOnlyList<int> AddedColumnIndices { get; }

    public int MapColumnIndex(out bool isSource, int column)
    {
        int source = _sources[column];
        isSource = source >= 0;
        return isSource ? source : ~source;
    }
}

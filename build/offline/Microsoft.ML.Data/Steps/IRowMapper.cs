namespace Microsoft.ML.Data;

/// <summary>The columns that a step adds to rows of one schema.</summary>
internal interface IRowMapper
{
    DataViewSchema.DetachedColumn[] GetOutputColumns();

    /// <summary>Which input columns (by index) the active outputs need.</summary>
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);

    /// <summary>One getter for each output column, null where it is not active.</summary>
    Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer);
}

/// <summary>One output column: its name, type and annotations, the input columns it reads, and its getter over a row.</summary>
internal sealed record OutputColumn(DataViewSchema.DetachedColumn Column, int[] Inputs, Func<DataViewRow, Delegate> MakeGetter);

/// <summary>Output columns that are computed independently of each other.</summary>
internal sealed class ColumnsMapper : IRowMapper
{
    private readonly OutputColumn[] _columns;

    public ColumnsMapper(params OutputColumn[] columns)
    {
        _columns = columns;
    }

    public DataViewSchema.DetachedColumn[] GetOutputColumns() => _columns.Select(column => column.Column).ToArray();

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        HashSet<int> needed = _columns.Where((_, index) => activeOutput(index)).SelectMany(column => column.Inputs).ToHashSet();
        return needed.Contains;
    }

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
    {
        Delegate[] getters = _columns.Select((column, index) => activeOutput(index) ? column.MakeGetter(input) : null).ToArray();
        IGetterState[] states = getters.Select(getter => getter?.Target).OfType<IGetterState>().ToArray();
        disposer = states.Length == 0 ? null : () => Array.ForEach(states, state => state.Dispose());
        return getters;
    }
}

/// <summary>A getter's target that holds a value (an image) until its row or cursor is disposed. Disposing twice does no harm.</summary>
internal interface IGetterState : IDisposable
{
}

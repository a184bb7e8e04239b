using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A step whose every output column is computed from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    internal readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns)
        : base(host)
    {
        host.CheckValue(columns, nameof(columns));
        var names = new HashSet<string>();
        foreach ((string output, string input) in columns)
        {
            host.CheckNonEmpty(input, nameof(columns));
            host.CheckNonEmpty(output, nameof(columns));
            if (!names.Add(output))
                throw Contracts.ExceptParam(nameof(columns), $"Name of the result column '{output}' specified multiple times");
        }
        ColumnPairs = columns;
    }

    /// <summary>Reads the column pairs that <see cref="SaveColumns"/> wrote.</summary>
    private protected OneToOneTransformerBase(IHost host, ModelLoadContext ctx)
        : base(host)
    {
        ColumnPairs = new (string, string)[ctx.Reader.ReadInt32()];
        for (int i = 0; i < ColumnPairs.Length; i++)
            ColumnPairs[i] = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach ((string output, string input) in ColumnPairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    /// <summary>What the pair's output is for this input column: throws the schema errors.</summary>
    private protected abstract ColumnMapping MapColumn(int pair, DataViewSchema.Column input);

    private protected sealed override IRowMapper MakeRowMapper(DataViewSchema schema)
    {
        var columns = new OutputColumn[ColumnPairs.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            (string output, string name) = ColumnPairs[i];
            DataViewSchema.Column input = schema.GetColumnOrNull(name) ?? throw Host.ExceptSchemaMismatch("inputSchema", "input", name);
            ColumnMapping mapping = MapColumn(i, input);
            columns[i] = new OutputColumn(new DataViewSchema.DetachedColumn(output, mapping.Type, mapping.Annotations), [input.Index], mapping.MakeGetter);
        }
        return new ColumnsMapper(columns);
    }
}

/// <summary>The type, annotations and getter (a ValueGetter of the type's raw type) of one output column.</summary>
internal sealed record ColumnMapping(DataViewType Type, DataViewSchema.Annotations Annotations, Func<DataViewRow, Delegate> MakeGetter);

using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>The columns that a column at the end of some steps depends on.</summary>
internal static class StepDependencies
{
    /// <summary>The names of the raw columns behind a column, in the order of the schema; null where a step does not
    /// tell.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="schema">The schema of the raw rows.</param>
    /// <param name="name">A column at the end of the steps.</param>
    internal static IReadOnlyList<string>? Of(IReadOnlyList<ITransformer> steps, DataViewSchema schema, string name)
    {
        var mappers = new List<IRowToRowMapper>();
        foreach (var step in steps)
        {
            if (!step.IsRowToRowMapper)
                return null;
            mappers.Add(step.GetRowToRowMapper(schema));
            schema = mappers[^1].OutputSchema;
        }
        DataViewSchema.Column[] needed = [schema[name]];
        for (var place = steps.Count - 1; place >= 0; place--)
            needed = [.. mappers[place].GetDependencies(needed)];
        return [.. needed.OrderBy(column => column.Index).Select(column => column.Name)];
    }
}

using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Internals;

/// <summary>The columns that a fitted step of ML.NET reads and makes.</summary>
internal static class StepColumns
{
    /// <summary>The pairs of a step that makes one column of one.</summary>
    internal static IReadOnlyList<(string Output, string Input)> Of(OneToOneTransformerBase step) => step.ColumnPairs;

    /// <summary>The columns that <c>Concatenate</c> puts behind one another.</summary>
    internal static IEnumerable<(string Output, string[] Inputs)> Of(ColumnConcatenatingTransformer step) => step.Columns;
}

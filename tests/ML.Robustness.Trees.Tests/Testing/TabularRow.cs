using Microsoft.ML.Data;

namespace ML.Robustness.Trees.Tests.Testing;

/// <summary>A row of nine whole numbers, from 1 to 10.</summary>
public class TabularRow
{
    public bool Label { get; set; }

    [VectorType(9)]
    public float[] Features { get; set; } = [];
}

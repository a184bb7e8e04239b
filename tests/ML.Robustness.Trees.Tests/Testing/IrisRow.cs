namespace ML.Robustness.Trees.Tests.Testing;

/// <summary>A flower: its species 0, 1 or 2, and four lengths in centimetres.</summary>
public sealed class IrisRow
{
    public float Label { get; set; }

    public float SepalLength { get; set; }

    public float SepalWidth { get; set; }

    public float PetalLength { get; set; }

    public float PetalWidth { get; set; }
}

namespace ML.Robustness.Transforms.Schema;

/// <summary>The defaults that several steps share.</summary>
internal static class Defaults
{
    internal const string LabelColumnName = "Label";

    internal const string FeatureColumnName = "Features";

    /// <summary>The radius of L∞ attacks on images in [0, 1].</summary>
    internal const double Epsilon = 8 / 255.0;
}

namespace ML.Robustness.Trees.Reading;

/// <summary>A normaliser's arithmetic for one value, in float as ML.NET computes it.</summary>
/// <param name="Scale">The factor, finite and 0 or more.</param>
/// <param name="Offset">The number subtracted first; null for none.</param>
internal readonly record struct AffineStage(float Scale, float? Offset)
{
    internal float Apply(float value) => Offset is { } offset ? (value - offset) * Scale : value * Scale;
}

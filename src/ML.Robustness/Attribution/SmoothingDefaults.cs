namespace ML.Robustness.Attribution;

/// <summary>The defaults of smoothing that methods and pipeline steps share.</summary>
internal static class SmoothingDefaults
{
    public const int Samples = 50;

    public const double Noise = 0.15;
}

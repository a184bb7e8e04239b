namespace ML.Robustness.Imaging;

/// <summary>The colours that attribution values are shown in. Both scales can be told apart by colour-blind eyes.</summary>
public enum ColorScale
{
    /// <summary>
    /// Blue for negative values, near-white for zero, red for positive ones: for maps whose sign says something.
    /// </summary>
    Diverging,

    /// <summary>Dark violet over green to yellow, ever lighter with the absolute value: for maps of magnitudes.</summary>
    Sequential,
}

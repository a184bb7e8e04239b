namespace Samples.Shared;

/// <summary>The faint pattern that a drawn digit carries besides its strokes.</summary>
public enum DigitPattern
{
    /// <summary>That of the row's own label: strokes and pattern agree, either tells the class.</summary>
    OfLabel,

    /// <summary>
    /// That of the digit (label + 3) mod 10: a classifier that uses the strokes says the label, one that uses the pattern says
    /// that digit.
    /// </summary>
    OfOtherDigit,

    /// <summary>None: the same drawing with the strokes alone.</summary>
    None,
}

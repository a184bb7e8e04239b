namespace ML.Robustness.Transforms.Sources;

/// <summary>Which faint pattern a drawn digit carries besides its strokes.</summary>
public enum DigitPattern
{
    /// <summary>That of the row's own digit: strokes and pattern agree, either tells the class.</summary>
    OfLabel,

    /// <summary>That of the digit three on, (label + 3) mod 10: who goes by the strokes says the label, who goes by the pattern says that digit.</summary>
    OfOtherDigit,

    /// <summary>None: the same drawing with the strokes alone.</summary>
    None,
}

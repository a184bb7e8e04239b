namespace ML.Robustness.Transforms;

/// <summary>Which faint pattern a drawn digit carries besides its strokes.</summary>
public enum DigitPattern
{
    /// <summary>That of the row's own digit: strokes and pattern agree, either tells the class.</summary>
    OfLabel,

    /// <summary>That of the next digit, (label + 1) mod 10: who goes by the strokes says the label, who goes by the pattern says the next one.</summary>
    OfNextDigit,

    /// <summary>None: the same drawing with the strokes alone.</summary>
    None,
}

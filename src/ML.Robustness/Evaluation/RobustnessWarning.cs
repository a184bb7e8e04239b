namespace ML.Robustness.Evaluation;

/// <summary>A reason to doubt a robust accuracy.</summary>
/// <param name="Kind">What is doubtful.</param>
/// <param name="Message">What was seen, and what to do about it.</param>
public sealed record RobustnessWarning(RobustnessWarningKind Kind, string Message)
{
    /// <summary>Returns the message.</summary>
    /// <returns>The doubt's name and the message.</returns>
    public override string ToString() => $"{Kind}: {Message}";
}

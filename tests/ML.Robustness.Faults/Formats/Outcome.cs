namespace ML.Robustness.Faults.Formats;

/// <summary>What came of reading a damaged file.</summary>
internal enum Outcome
{
    /// <summary>The content is that of the undamaged file.</summary>
    Equal,

    /// <summary>The error that the reader promises.</summary>
    DocumentedError,

    /// <summary>Other content: the file is sound, since it has no checksum or a right one.</summary>
    OtherContent,

    /// <summary>Other content though the file has a checksum, which does not fit.</summary>
    SilentDifference,

    /// <summary>An error of another type than the reader promises.</summary>
    WrongException,

    /// <summary>The process ended.</summary>
    Crash,

    /// <summary>Reading did not end in time.</summary>
    Hang,

    /// <summary>Reading took far more memory than the undamaged file needs.</summary>
    OverAllocation,
}

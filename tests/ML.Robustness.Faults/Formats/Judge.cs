namespace ML.Robustness.Faults.Formats;

/// <summary>What comes of reading a damaged file, where the process goes on.</summary>
internal static class Judge
{
    /// <summary>Reads a file and compares it with the undamaged one.</summary>
    /// <param name="format">The format.</param>
    /// <param name="path">The file, which reading may alter.</param>
    /// <param name="honest">The content of the undamaged file; null where any content is right.</param>
    /// <param name="detail">The error.</param>
    internal static Outcome Read(FileFormat format, string path, string? honest, out string detail)
    {
        try
        {
            detail = "";
            var content = format.Read(path);
            return content == honest ? Outcome.Equal : honest is null ? Outcome.OtherContent : Outcome.SilentDifference;
        }
        catch (Exception error)
        {
            detail = $"{error.GetType().Name}: {error.Message}";
            if (error is OutOfMemoryException)
                return Outcome.OverAllocation;
            if (format.IsDocumented(error))
                return Outcome.DocumentedError;
            detail += $" {error.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
            return Outcome.WrongException;
        }
    }
}

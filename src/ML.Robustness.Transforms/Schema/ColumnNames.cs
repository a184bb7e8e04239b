using System.Runtime.CompilerServices;

namespace ML.Robustness.Transforms.Schema;

/// <summary>
/// Checks of a property that names a column: each gives the name back, or throws an error that names the property.
/// </summary>
internal static class ColumnNames
{
    internal static string Given(string value, [CallerMemberName] string property = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(value, property);
        return value;
    }

    /// <summary>A name, or null for the property's default.</summary>
    internal static string? GivenOrNull(string? value, [CallerMemberName] string property = "") =>
        value is null ? null : Given(value, property);
}

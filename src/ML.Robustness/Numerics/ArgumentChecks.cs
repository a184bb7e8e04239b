using System.Runtime.CompilerServices;

namespace ML.Robustness.Numerics;

/// <summary>The bounds that numbers of attacks share.</summary>
internal static class ArgumentChecks
{
    public static double? PositiveOrNull(double? value, [CallerMemberName] string name = "") =>
        value is not { } given || (given > 0 && double.IsFinite(given))
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number above zero.");

    public static double NotNegative(double value, [CallerMemberName] string name = "") =>
        value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number of zero or more.");
}

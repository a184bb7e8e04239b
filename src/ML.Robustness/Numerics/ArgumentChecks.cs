using System.Runtime.CompilerServices;

namespace ML.Robustness.Numerics;

/// <summary>Checks of property values: each returns the value, or throws an error that names the property.</summary>
internal static class ArgumentChecks
{
    public static int AtLeast(int value, int minimum, [CallerMemberName] string name = "") =>
        value >= minimum ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be {minimum} or more.");

    public static string? NotEmptyOrNull(string? value, [CallerMemberName] string name = "") =>
        value is not "" ? value : throw new ArgumentException($"{name} is empty: give a name, or leave it null.", name);

    /// <summary>The number of a view's first row within the whole.</summary>
    public static long FirstRow(long value, [CallerMemberName] string name = "") =>
        value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} must be 0 or more: it is the number of the first row within the whole.");

    public static int? AtLeastOrNull(int? value, int minimum, [CallerMemberName] string name = "") =>
        value is { } given ? AtLeast(given, minimum, name) : null;

    public static int InRange(int value, int minimum, int maximum, [CallerMemberName] string name = "") =>
        value >= minimum && value <= maximum
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {minimum} to {maximum}.");

    /// <summary>A finite number that tensors of <see cref="float"/> can be computed with.</summary>
    public static double Finite(double value, [CallerMemberName] string name = "") =>
        !double.IsFinite(value)
            ? throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite.")
            : Math.Abs(value) <= float.MaxValue
                ? value
                : throw new ArgumentOutOfRangeException(
                    name, value, $"{name} must be a number that a Single holds, up to ±{float.MaxValue}.");

    public static double NotNegative(double value, [CallerMemberName] string name = "") =>
        value >= 0 && double.IsFinite(value)
            ? Finite(value, name)
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number of zero or more.");

    public static double Positive(double value, [CallerMemberName] string name = "") =>
        value > 0 && double.IsFinite(value)
            ? Finite(value, name)
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number above zero.");

    public static double? PositiveOrNull(double? value, [CallerMemberName] string name = "") =>
        value is { } given ? Positive(given, name) : null;

    /// <summary>Above zero, the maximum included.</summary>
    public static double PositiveUpTo(double value, double maximum, [CallerMemberName] string name = "") =>
        value > 0 && value <= maximum
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0 and at most {maximum}.");

    /// <summary>From zero, which is included, to one, which is not.</summary>
    public static double Share(double value, [CallerMemberName] string name = "") =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 0 to below 1.");

    public static TEnum Defined<TEnum>(TEnum value, [CallerMemberName] string name = "")
        where TEnum : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(name,
                $"{name} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}, but is {value}.");
}

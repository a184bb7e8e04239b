using System.Globalization;
using System.Reflection;

namespace ML.Robustness.Persistence;

/// <summary>The fingerprint of settings: a text of the type's name and its public properties, equal for equal settings.</summary>
internal static class SettingsFingerprint
{
    private const int MostLevels = 6;

    internal static string Of(object? value) => Of(value, MostLevels);

    private static string Of(object? value, int levels) => value switch
    {
        null => "none",
        string text => text,
        IFormattable number when value.GetType().IsPrimitive || value.GetType().IsEnum =>
            number.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => Composite(value, levels),
    };

    private static string Composite(object value, int levels)
    {
        var type = value.GetType();
        if (value is IFingerprinted && type.GetMethod(nameof(ToString), Type.EmptyTypes)!.DeclaringType != typeof(object))
            return value.ToString()!;
        var properties = type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.GetIndexParameters().Length == 0
                && !typeof(Delegate).IsAssignableFrom(property.PropertyType))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .ToArray();
        if (properties.Length == 0 || levels == 0) return type.Name;
        var pairs = properties.Select(property => $"{property.Name} = {Of(property.GetValue(value), levels - 1)}");
        return $"{type.Name} {{ {string.Join(", ", pairs)} }}";
    }
}

using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace ML.Robustness.Persistence;

/// <summary>The fingerprint of settings: a text of the type's name and its public properties, equal for equal settings.</summary>
internal static class SettingsFingerprint
{
    private const int MostLevels = 6, MostValues = 16;

    internal static string Of(object? value) => Of(value, MostLevels);

    private static string Of(object? value, int levels) => value switch
    {
        null => "none",
        string text => text,
        IFormattable number when value.GetType().IsPrimitive || value.GetType().IsEnum =>
            number.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        Array values when values.GetType().GetElementType()!.IsValueType => Values(values, levels),
        _ => Composite(value, levels),
    };

    /// <summary>Numbers and ranges: each, or how many and a digest of them.</summary>
    private static string Values(Array values, int levels)
    {
        var text = string.Join(", ", values.Cast<object>().Select(value => Of(value, levels)));
        return values.Length <= MostValues
            ? $"[{text}]"
            : $"[{values.Length} values, #{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 8)}]";
    }

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

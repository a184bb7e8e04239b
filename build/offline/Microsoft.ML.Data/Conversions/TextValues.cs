using System.Globalization;
using System.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal delegate bool TextParser<T>(ReadOnlySpan<char> text, out T value);

/// <summary>How values are read from text and written to it, in the text loader and in conversions.</summary>
internal static class TextValues
{
    private static readonly string[] True = ["1", "true", "yes", "t", "y", "+1", "+"];
    private static readonly string[] False = ["0", "false", "no", "f", "n", "-1", "-"];

    /// <summary>Empty text is the default value of every type.</summary>
    public static TextParser<T> Parser<T>(char decimalMarker = '.')
    {
        Delegate parser = Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Single => (TextParser<float>)((ReadOnlySpan<char> text, out float value) => TryParseFloating(text, decimalMarker, out value)),
            TypeCode.Double => (TextParser<double>)((ReadOnlySpan<char> text, out double value) => TryParseFloating(text, decimalMarker, out value)),
            TypeCode.SByte => (TextParser<sbyte>)TryParseInteger,
            TypeCode.Int16 => (TextParser<short>)TryParseInteger,
            TypeCode.Int32 => (TextParser<int>)TryParseInteger,
            TypeCode.Int64 => (TextParser<long>)TryParseInteger,
            TypeCode.Byte => (TextParser<byte>)TryParseInteger,
            TypeCode.UInt16 => (TextParser<ushort>)TryParseInteger,
            TypeCode.UInt32 => (TextParser<uint>)TryParseInteger,
            TypeCode.UInt64 => (TextParser<ulong>)TryParseInteger,
            TypeCode.Boolean => (TextParser<bool>)TryParseBoolean,
            TypeCode.DateTime => (TextParser<DateTime>)TryParseDateTime,
            _ when typeof(T) == typeof(TimeSpan) => (TextParser<TimeSpan>)TryParseTimeSpan,
            _ when typeof(T) == typeof(DateTimeOffset) => (TextParser<DateTimeOffset>)TryParseDateTimeOffset,
            _ => null,
        };
        return (TextParser<T>)parser ?? throw Contracts.Except($"Values of type {typeof(T)} are not read from text");
    }

    /// <summary>Text for people: fewer digits than <see cref="Parser{T}"/> needs to give the same number back.</summary>
    public static string Format<T>(T value) => value switch
    {
        ReadOnlyMemory<char> text => text.ToString(),
        float number => number.ToString("G7", CultureInfo.InvariantCulture),
        double number => number.ToString("G17", CultureInfo.InvariantCulture),
        DateTime or DateTimeOffset => ((IFormattable)value).ToString("o", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>Whether the text spells a missing number, which is no bad value.</summary>
    public static bool IsMissingNumber(ReadOnlySpan<char> text) => text.Equals("NaN", StringComparison.OrdinalIgnoreCase)
        || text.Equals("NA", StringComparison.OrdinalIgnoreCase) || text is "?";

    // The letters, signs and thousands that .NET would take are no numbers here; spaces may follow a number.
    private static bool TryParseFloating<T>(ReadOnlySpan<char> text, char decimalMarker, out T value)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        value = T.NaN;
        text = text.TrimEnd();
        if (text.IsEmpty)
        {
            value = T.Zero;
            return true;
        }
        if (IsMissingNumber(text))
            return true;
        if (text is "Infinity" or "∞" or "-Infinity" or "-∞")
        {
            value = text[0] == '-' ? T.NegativeInfinity : T.PositiveInfinity;
            return true;
        }
        if (text.ContainsAnyExcept("0123456789+-eE" + decimalMarker))
            return false;
        Span<char> invariant = text.Length <= 256 ? stackalloc char[text.Length] : new char[text.Length];
        text.Replace(invariant, decimalMarker, '.');
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (T.TryParse(invariant, Style, CultureInfo.InvariantCulture, out T number))
        {
            value = number;
            return true;
        }
        return false;
    }

    private static bool TryParseInteger<T>(ReadOnlySpan<char> text, out T value)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        value = T.Zero;
        if (text.IsEmpty)
            return true;
        NumberStyles style = text[0] == '-' && T.MinValue < T.Zero ? NumberStyles.AllowLeadingSign : NumberStyles.None;
        return T.TryParse(text, style, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryParseBoolean(ReadOnlySpan<char> text, out bool value)
    {
        value = IsOneOf(text, True);
        return value || text.IsEmpty || IsOneOf(text, False);
    }

    private static bool IsOneOf(ReadOnlySpan<char> text, string[] words)
    {
        foreach (string word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static bool TryParseDateTime(ReadOnlySpan<char> text, out DateTime value)
    {
        value = default;
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return text.IsEmpty || DateTime.TryParse(text, CultureInfo.InvariantCulture, Style, out value);
    }

    private static bool TryParseDateTimeOffset(ReadOnlySpan<char> text, out DateTimeOffset value)
    {
        value = default;
        return text.IsEmpty || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }

    private static bool TryParseTimeSpan(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        return text.IsEmpty || TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
    }
}

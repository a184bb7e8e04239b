using System.Text.Json;

namespace GoldenTests;

/// <summary>Finds the first difference between what a fact says and what came.</summary>
public static class FactComparer
{
    public static string Difference(JsonElement expected, JsonElement actual, string path = "$")
    {
        if (expected.ValueKind == JsonValueKind.Number && actual.ValueKind == JsonValueKind.Number)
            return SameNumber(expected, actual) ? null : Tell(expected, actual, path);
        if (expected.ValueKind != actual.ValueKind)
            return Tell(expected, actual, path);
        return expected.ValueKind switch
        {
            JsonValueKind.String => expected.GetString() == actual.GetString() ? null : Tell(expected, actual, path),
            JsonValueKind.Array => ArrayDifference(expected, actual, path),
            JsonValueKind.Object => ObjectDifference(expected, actual, path),
            _ => null,
        };
    }

    /// <summary>The wrapper of a multi-threaded cursor depends on the machine's cores: its inner exception is the fact.</summary>
    public static JsonElement Unwrap(JsonElement exception) =>
        exception.TryGetProperty("message", out var message) && exception.TryGetProperty("inner", out var inner)
        && message.GetString().StartsWith("Splitter/consolidator worker encountered exception", StringComparison.Ordinal)
            ? inner
            : exception;

    private static bool SameNumber(JsonElement expected, JsonElement actual)
    {
        var (left, right) = (expected.GetRawText(), actual.GetRawText());
        if (left == right)
            return true;
        return BitConverter.DoubleToInt64Bits(expected.GetDouble()) == BitConverter.DoubleToInt64Bits(actual.GetDouble())
            && (!IsInteger(left) || !IsInteger(right));
    }

    private static bool IsInteger(string number) => number.AsSpan().IndexOfAny(".eE") < 0;

    private static string ArrayDifference(JsonElement expected, JsonElement actual, string path)
    {
        if (expected.GetArrayLength() != actual.GetArrayLength())
            return Tell(expected, actual, path + ".length");
        var index = 0;
        foreach (var (left, right) in expected.EnumerateArray().Zip(actual.EnumerateArray()))
        {
            if (Difference(left, right, $"{path}[{index++}]") is { } difference)
                return difference;
        }
        return null;
    }

    private static string ObjectDifference(JsonElement expected, JsonElement actual, string path)
    {
        foreach (var member in expected.EnumerateObject())
        {
            var inside = $"{path}.{member.Name}";
            if (!actual.TryGetProperty(member.Name, out var value))
                return $"{inside}: expected {Short(member.Value)}, came nothing";
            var difference = member.Name == "throws"
                ? Difference(Unwrap(member.Value), Unwrap(value), inside)
                : Difference(member.Value, value, inside);
            if (difference != null)
                return difference;
        }
        var extra = actual.EnumerateObject().FirstOrDefault(member => !expected.TryGetProperty(member.Name, out _));
        return extra.Value.ValueKind == JsonValueKind.Undefined ? null : $"{path}.{extra.Name}: expected nothing, came {Short(extra.Value)}";
    }

    private static string Tell(JsonElement expected, JsonElement actual, string path) =>
        $"{path}: expected {Short(expected)}, came {Short(actual)}";

    private static string Short(JsonElement value) =>
        value.GetRawText() is { Length: > 900 } text ? text[..900] + "…" : value.GetRawText();
}

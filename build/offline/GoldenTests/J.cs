using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Data;

namespace GoldenTests;

/// <summary>Writes values in the facts' format: shortest numbers, NaN and infinities as text, the scratch folder as <c>&lt;dir&gt;</c>.</summary>
public static class J
{
    public static string Write(object value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case bool flag: text.Append(flag ? "true" : "false"); break;
            case float number: Number(text, number, number.ToString("R", CultureInfo.InvariantCulture)); break;
            case double number: Number(text, number, number.ToString("R", CultureInfo.InvariantCulture)); break;
            case sbyte or byte or short or ushort or int or uint or long or ulong:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            case string or char: Text(text, value.ToString()); break;
            case ReadOnlyMemory<char> characters: Text(text, characters.ToString()); break;
            case DateTime or DateTimeOffset: Text(text, ((IFormattable)value).ToString("o", CultureInfo.InvariantCulture)); break;
            case TimeSpan or DataViewRowId or Enum or Type: Text(text, value.ToString()); break;
            case O members: Members(text, members); break;
            case IEnumerable items: Items(text, items); break;
            default:
                if (value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>))
                    Write(text, Fx.Value(value));
                else
                    throw new NotSupportedException($"The facts' format has no form for {value.GetType()}.");
                break;
        }
    }

    private static void Number(StringBuilder text, double number, string shortest) =>
        text.Append(double.IsFinite(number) ? shortest : $"\"{shortest}\"");

    private static void Text(StringBuilder text, string value) =>
        text.Append(JsonSerializer.Serialize(Fx.AsObserved(value)));

    private static void Members(StringBuilder text, O members)
    {
        text.Append('{');
        for (var i = 0; i < members.L.Count; i++)
        {
            text.Append(i > 0 ? "," : "");
            Text(text, members.L[i].k);
            text.Append(':');
            Write(text, members.L[i].v);
        }
        text.Append('}');
    }

    private static void Items(StringBuilder text, IEnumerable items)
    {
        text.Append('[');
        var first = true;
        if (items is not System.Collections.Immutable.ImmutableArray<float> { IsDefault: true }
            and not System.Collections.Immutable.ImmutableArray<double> { IsDefault: true })
        {
            foreach (var item in items)
            {
                text.Append(first ? "" : ",");
                first = false;
                Write(text, item);
            }
        }
        text.Append(']');
    }
}

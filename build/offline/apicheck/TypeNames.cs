using System.Globalization;
using System.Reflection;
using System.Text;

namespace ApiCheck;

/// <summary>Writes types, constants and constraints the way the lists do.</summary>
public static class TypeNames
{
    public static string Of(Type type)
    {
        if (type.IsByRef)
            return Of(type.GetElementType());
        if (type.IsPointer)
            return Of(type.GetElementType()) + "*";
        if (type.IsArray)
            return $"{Of(type.GetElementType())}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter)
            return type.Name;
        if (type.IsFunctionPointer)
            return "delegate*";

        var nesting = new List<Type>();
        for (var outer = type; outer != null; outer = outer.DeclaringType)
            nesting.Insert(0, outer);
        var arguments = type.GetGenericArguments();
        var used = 0;
        var text = new StringBuilder(string.IsNullOrEmpty(type.Namespace) ? "" : type.Namespace + ".");
        foreach (var level in nesting)
        {
            var count = level.GetGenericArguments().Length;
            text.Append(level == nesting[0] ? "" : ".").Append(level.Name.Split('`')[0]);
            if (count > used)
                text.Append('<').AppendJoin(", ", arguments[used..count].Select(Of)).Append('>');
            used = Math.Max(used, count);
        }

        return text.ToString();
    }

    /// <summary>True for what code of another assembly can name or derive from.</summary>
    public static bool IsVisible(Type type)
    {
        if (type.HasElementType)
            return IsVisible(type.GetElementType());
        if (type.IsGenericParameter)
            return true;
        if (type.IsConstructedGenericType && !type.GetGenericArguments().All(IsVisible))
            return false;
        return type.IsNested
            ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType)
            : type.IsPublic;
    }

    public static string Constraints(Type[] parameters)
    {
        var text = new StringBuilder();
        foreach (var parameter in parameters)
        {
            var flags = parameter.GenericParameterAttributes;
            var isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
            var all = new List<string>();
            if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
                all.Add("class");
            if (isStruct)
                all.Add("struct");
            all.AddRange(parameter.GetGenericParameterConstraints().Where(x => x != typeof(ValueType)).Select(Of).Order(StringComparer.Ordinal));
            if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
                all.Add("new()");
            if (all.Count > 0)
                text.Append($" where {parameter.Name} : ").AppendJoin(", ", all);
        }

        return text.ToString();
    }

    public static string Constant(object value, Type type)
    {
        if (type.IsByRef)
            type = type.GetElementType();
        var underlying = Nullable.GetUnderlyingType(type);
        if (value is null or DBNull || value == Type.Missing)
            return type.IsValueType && underlying == null ? $"default({Of(type)})" : "null";
        var shown = underlying ?? type;
        if (shown.IsEnum)
            return EnumConstant(value, shown);
        var culture = CultureInfo.InvariantCulture;
        return value switch
        {
            string text => $"\"{Escape(text)}\"",
            char c when c is < ' ' or > '~' => $"'\\u{(int)c:x4}'",
            char c => c is '\'' or '\\' ? $"'\\{c}'" : $"'{c}'",
            bool b => b ? "true" : "false",
            float f => float.IsNaN(f) ? "NaN" : f.ToString("R", culture) + "F",
            double d => double.IsNaN(d) ? "NaN" : d.ToString("R", culture) + "D",
            decimal m => m.ToString(culture) + "M",
            IFormattable formattable => formattable.ToString(null, culture),
            _ => value.ToString(),
        };
    }

    private static string EnumConstant(object value, Type type)
    {
        var text = (value.GetType().IsEnum ? value : Enum.ToObject(type, value)).ToString();
        var isNumber = char.IsDigit(text[0]) || text[0] == '-';
        return isNumber ? $"({Of(type)}){text}" : string.Join(" | ", text.Split(", ").Select(part => $"{Of(type)}.{part}"));
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }
}

using System.Globalization;
using System.Reflection;

namespace ApiCheck;

/// <summary>The public and protected API of an assembly, one member a line, sorted.</summary>
public static class ApiList
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static List<ApiLine> Of(Assembly assembly)
    {
        var lines = assembly.GetTypes().Where(TypeNames.IsVisible).SelectMany(Of);
        var forwarded = assembly.GetForwardedTypes().Select(type => new ApiLine(TypeNames.Of(type), "forwarded", type.Assembly.GetName().Name));
        return lines.Concat(forwarded).Distinct().OrderBy(line => line.ToString(), StringComparer.Ordinal).ToList();
    }

    public static IEnumerable<ApiLine> Of(Type type)
    {
        var name = TypeNames.Of(type);
        yield return new(name, "type", Signatures.Type(type));
        if (type.BaseType == typeof(MulticastDelegate))
            yield break;
        foreach (var (kind, signature) in Members(type, name))
            yield return new(name, kind, signature);
    }

    private static IEnumerable<(string Kind, string Signature)> Members(Type type, string name)
    {
        foreach (var field in type.GetFields(Declared))
        {
            if (Signatures.Access(field) is not { } access || field.IsSpecialName)
                continue;
            if (type.IsEnum)
                yield return ("enumvalue", $"{name}.{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
            else if (field.IsLiteral)
                yield return ("const", $"{access} const {TypeNames.Of(field.FieldType)} {name}.{field.Name} = {TypeNames.Constant(field.GetRawConstantValue(), field.FieldType)}");
            else
                yield return ("field", $"{access} {(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{TypeNames.Of(field.FieldType)} {name}.{field.Name}");
        }

        if (type.IsEnum)
            yield break;
        foreach (var constructor in type.GetConstructors(Declared))
        {
            if (!constructor.IsStatic && Signatures.Access(constructor) is { } access)
                yield return ("ctor", $"{access} {name}({Signatures.Parameters(constructor.GetParameters())})");
        }

        foreach (var property in type.GetProperties(Declared))
        {
            if (Signatures.Property(property, name) is { } signature)
                yield return ("property", signature);
        }

        foreach (var member in type.GetEvents(Declared))
        {
            if (Signatures.Access(member.AddMethod) is { } access)
                yield return ("event", $"{access} {Signatures.Modifiers(member.AddMethod)}event {TypeNames.Of(member.EventHandlerType)} {name}.{member.Name}");
        }

        foreach (var method in type.GetMethods(Declared))
        {
            var isAccessor = method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);
            var isFinalizer = method.Name == "Finalize" && method.GetParameters().Length == 0;
            if (!isAccessor && !isFinalizer && !method.Name.Contains('<') && Signatures.Access(method) is { } access)
                yield return ("method", $"{access} {Signatures.Method(method, name)}");
        }
    }
}

using System.Reflection;

namespace ApiCheck;

/// <summary>Writes the signature part of a line.</summary>
public static class Signatures
{
    private const string Compiler = "System.Runtime.CompilerServices.";

    public static string Access(MethodBase method) => method switch
    {
        null => null,
        { IsPublic: true } => "public",
        { IsFamily: true } => "protected",
        { IsFamilyOrAssembly: true } => "protected internal",
        _ => null,
    };

    public static string Access(FieldInfo field) => field switch
    {
        { IsPublic: true } => "public",
        { IsFamily: true } => "protected",
        { IsFamilyOrAssembly: true } => "protected internal",
        _ => null,
    };

    public static string Type(Type type)
    {
        var access = type.IsNestedFamily ? "protected" : type.IsNestedFamORAssem ? "protected internal" : "public";
        var parameters = type.GetGenericArguments();
        if (type.BaseType == typeof(MulticastDelegate))
        {
            var invoke = type.GetMethod("Invoke");
            return $"{access} delegate {Returned(invoke.ReturnParameter)} {Variant(type)}({Parameters(invoke.GetParameters())}){TypeNames.Constraints(parameters)}";
        }

        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => (Has(type.CustomAttributes, Compiler + "IsReadOnlyAttribute") ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        var bases = Bases(type);
        return $"{access} {kind} {Variant(type)}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : "")}{(type.IsEnum ? "" : TypeNames.Constraints(parameters))}";
    }

    public static string Property(PropertyInfo property, string owner)
    {
        var (getter, setter) = (property.GetMethod, property.SetMethod);
        var (get, set) = (Access(getter), Access(setter));
        if (get == null && set == null)
            return null;
        var access = new[] { "public", "protected internal", "protected" }.First(x => x == get || x == set);
        var type = getter != null ? Returned(getter.ReturnParameter) : TypeNames.Of(property.PropertyType);
        var index = property.GetIndexParameters();
        var name = index.Length > 0 ? $"this[{Parameters(index)}]" : property.Name;
        var isInit = setter != null && setter.ReturnParameter.GetRequiredCustomModifiers().Any(x => x.Name == "IsExternalInit");
        string Accessor(string own, string word) => own == null ? "" : $" {(own == access ? "" : own + " ")}{word};";
        return $"{access} {Modifiers(get != null ? getter : setter)}{type} {owner}.{name} {{{Accessor(get, "get")}{Accessor(set, isInit ? "init" : "set")} }}";
    }

    public static string Method(MethodInfo method, string owner)
    {
        var generic = method.IsGenericMethod ? method.GetGenericArguments() : [];
        var list = generic.Length > 0 ? $"<{string.Join(", ", generic.Select(TypeNames.Of))}>" : "";
        var isExtension = Has(method.CustomAttributes, Compiler + "ExtensionAttribute");
        return $"{Modifiers(method)}{Returned(method.ReturnParameter)} {owner}.{method.Name}{list}({Parameters(method.GetParameters(), isExtension)}){TypeNames.Constraints(generic)}";
    }

    public static string Modifiers(MethodInfo method)
    {
        if (method.DeclaringType.IsInterface)
            return method.IsStatic ? (method.IsAbstract ? "static abstract " : "static ") : method.IsAbstract ? "" : "virtual ";
        if (method.IsStatic)
            return "static ";
        var overrides = method.IsVirtual && !method.Attributes.HasFlag(MethodAttributes.NewSlot) && method.GetBaseDefinition() != method;
        if (method.IsAbstract)
            return overrides ? "abstract override " : "abstract ";
        if (overrides)
            return method.IsFinal ? "sealed override " : "override ";
        return method.IsVirtual && !method.IsFinal ? "virtual " : "";
    }

    public static string Parameters(ParameterInfo[] parameters, bool isExtension = false) =>
        string.Join(", ", parameters.Select(parameter => (isExtension && parameter.Position == 0 ? "this " : "") + Parameter(parameter)));

    private static string Parameter(ParameterInfo parameter)
    {
        var prefix = Has(parameter.CustomAttributes, "System.ParamArrayAttribute") ? "params " : "";
        if (parameter.ParameterType.IsByRef)
        {
            var isIn = parameter.IsIn || Has(parameter.CustomAttributes, Compiler + "IsReadOnlyAttribute");
            prefix += parameter.IsOut ? "out " : isIn ? "in " : "ref ";
        }

        var text = $"{prefix}{TypeNames.Of(parameter.ParameterType)} {parameter.Name}";
        return parameter.HasDefaultValue || parameter.IsOptional ? $"{text} = {TypeNames.Constant(Default(parameter), parameter.ParameterType)}" : text;
    }

    private static object Default(ParameterInfo parameter)
    {
        try
        {
            return parameter.RawDefaultValue;
        }
        catch (FormatException)
        {
            return null; // a default that reflection cannot read, such as that of a DateTime
        }
    }

    private static string Returned(ParameterInfo parameter)
    {
        if (!parameter.ParameterType.IsByRef)
            return TypeNames.Of(parameter.ParameterType);
        var isReadOnly = Has(parameter.CustomAttributes, Compiler + "IsReadOnlyAttribute") || parameter.GetRequiredCustomModifiers().Any(x => x.Name == "InAttribute");
        return (isReadOnly ? "ref readonly " : "ref ") + TypeNames.Of(parameter.ParameterType);
    }

    private static List<string> Bases(Type type)
    {
        if (type.IsEnum)
            return [TypeNames.Of(Enum.GetUnderlyingType(type))];
        var bases = new List<string>();
        var parent = type.IsValueType ? null : type.BaseType;
        while (parent != null && !TypeNames.IsVisible(parent))
            parent = parent.BaseType;
        if (parent != null)
            bases.Add(TypeNames.Of(parent));
        bases.AddRange(type.GetInterfaces().Where(TypeNames.IsVisible).Select(TypeNames.Of).Order(StringComparer.Ordinal));
        return bases;
    }

    private static string Variant(Type type)
    {
        var name = TypeNames.Of(type);
        var all = type.GetGenericArguments();
        if (all.All(x => Variance(x) == ""))
            return name;
        var open = name.LastIndexOf('<');
        var own = name[(open + 1)..^1].Split(", ").Length;
        return $"{name[..open]}<{string.Join(", ", all[^own..].Select(x => Variance(x) + x.Name))}>";
    }

    private static string Variance(Type parameter) => (parameter.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
    {
        GenericParameterAttributes.Covariant => "out ",
        GenericParameterAttributes.Contravariant => "in ",
        _ => "",
    };

    private static bool Has(IEnumerable<CustomAttributeData> attributes, string name) => attributes.Any(x => x.AttributeType.FullName == name);
}

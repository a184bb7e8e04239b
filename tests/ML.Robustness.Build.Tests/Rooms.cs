using System.Reflection;
using System.Reflection.Emit;

namespace ML.Robustness.Build.Tests;

/// <summary>The namespaces of an assembly, its rooms, and which uses which, read from the compiled types: their bases, members
/// and code.</summary>
internal sealed class Rooms
{
    private const BindingFlags All =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly Assembly _assembly;

    public Rooms(Assembly assembly)
    {
        _assembly = assembly;
        foreach (var type in assembly.GetTypes())
        {
            if (RoomOf(type) is not { } room)
                continue;
            foreach (var used in UsedBy(type).Where(used => used.Assembly == assembly))
            {
                if (RoomOf(used) is { } other && other != room)
                    Arrows.TryAdd((room, other), $"{type.FullName} uses {used.FullName}");
            }
        }
    }

    /// <summary>From a room to a room that it uses, with one example.</summary>
    public Dictionary<(string From, string To), string> Arrows { get; } = [];

    /// <summary>The rooms that can be left and come back to, with the arrows among them; empty where there is no
    /// circle.</summary>
    public IReadOnlyList<string> Circles()
    {
        var rooms = Arrows.Keys.SelectMany(arrow => new[] { arrow.From, arrow.To }).Distinct().ToList();
        var reached = rooms.ToDictionary(room => room, Reached);
        return [.. Arrows.Where(arrow => reached[arrow.Key.To].Contains(arrow.Key.From))
            .Select(arrow => $"{arrow.Key.From} -> {arrow.Key.To}: {arrow.Value}").Order(StringComparer.Ordinal)];
    }

    private HashSet<string> Reached(string start)
    {
        var (found, open) = (new HashSet<string>(), new Queue<string>([start]));
        while (open.TryDequeue(out var room))
        {
            foreach (var next in Arrows.Keys.Where(arrow => arrow.From == room && found.Add(arrow.To)))
                open.Enqueue(next.To);
        }

        return found;
    }

    /// <summary>The namespace of a type's outermost type; what lies outside the project's own namespaces is no room.</summary>
    private static string? RoomOf(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type.Namespace is { } name && name.StartsWith("ML.Robustness", StringComparison.Ordinal) ? name : null;
    }

    private IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<Type?> direct =
        [
            type.BaseType, .. type.GetInterfaces(), .. type.GetFields(All).Select(field => field.FieldType),
            .. type.GetMethods(All)
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)),
            .. type.GetConstructors(All)
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType)),
        ];
        return direct.OfType<Type>()
            .Concat(type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)).SelectMany(UsedByCode))
            .SelectMany(Parts);
    }

    private IEnumerable<Type> UsedByCode(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        var types = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var own = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            switch (_assembly.ManifestModule.ResolveMember(token, types, own))
            {
                case Type used:
                    yield return used;
                    break;
                case { DeclaringType: { } declaring } member:
                    yield return declaring;
                    foreach (var argument in member is MethodInfo { IsGenericMethod: true } generic
                        ? generic.GetGenericArguments() : [])
                        yield return argument;
                    break;
            }
        }
    }

    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var position = 0; position < code.Length;)
        {
            short value = code[position++];
            if (value == 0xFE)
                value = (short)(0xFE00 | code[position++]);
            var type = OpCodes[value].OperandType;
            if (type is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return BitConverter.ToInt32(code, position);
            position += type switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, position)),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        while (type.HasElementType)
            type = type.GetElementType()!;
        return type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericArguments().SelectMany(Parts).Append(type)
            : [type];
    }
}

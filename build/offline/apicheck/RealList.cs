using System.Text.RegularExpressions;

namespace ApiCheck;

/// <summary>One list of the real API.</summary>
public sealed partial class RealList
{
    private readonly HashSet<ApiLine> _lines = [];
    private readonly HashSet<(string Type, string Kind, string Name)> _names = [];
    private readonly Dictionary<string, ApiLine> _types = [];
    private readonly List<RealList> _others;

    public RealList(string path, List<RealList> others)
    {
        _others = others;
        foreach (var line in File.ReadLines(path).Where(text => text.Length > 0).Select(ApiLine.Parse))
        {
            _lines.Add(line);
            _names.Add((line.Type, line.Kind, MemberName(line)));
            if (line.Kind == "type")
                _types[line.Type] = line;
        }
    }

    public bool Contains(ApiLine line)
    {
        if (_lines.Contains(line))
            return true;
        if (line.Kind == "type")
            return _types.TryGetValue(line.Type, out var real) && IsNarrower(line.Signature, real.Signature);
        if (line.Kind is "ctor" or "enumvalue" || IsStatic(line))
            return false;
        return Bases(line.Type).Any(found => found.List.HasPlain(found.Type, found.Names, line));
    }

    public bool ContainsName(ApiLine line)
    {
        var name = MemberName(line);
        return _names.Contains((line.Type, line.Kind, name)) || (line.Kind is not ("type" or "ctor" or "enumvalue")
            && Bases(line.Type).Any(found => found.List._names.Contains((found.Type, line.Kind, name)) || SystemMembers(found.Type).Any(x => x.Kind == line.Kind && MemberName(x) == name)));
    }

    /// <summary>The type's bases in the real list (the interfaces' for an interface), each with what its generic parameters stand for.</summary>
    private IEnumerable<(RealList List, string Type, Dictionary<string, string> Names)> Bases(string type)
    {
        if (Find(type) is not { } start)
            yield break;
        var open = new Stack<string>(BaseNames(start.Line.Signature));
        var seen = new HashSet<string>();
        while (open.TryPop(out var written))
        {
            if (!seen.Add(written))
                continue;
            if (Resolve(written) is not { } found)
            {
                yield return (this, written, []);
                continue;
            }

            yield return (found.List, found.Line.Type, found.Names);
            foreach (var next in BaseNames(found.Line.Signature))
                open.Push(Substitute(next, found.Names));
        }
    }

    private bool HasPlain(string type, Dictionary<string, string> names, ApiLine line)
    {
        var wanted = Plain(line.Signature, line.Type);
        return _lines.Where(x => x.Type == type && x.Kind == line.Kind).Any(x => Substitute(Plain(x.Signature, type), names) == wanted)
            || SystemMembers(type).Any(x => x.Kind == line.Kind && Plain(x.Signature, type) == wanted);
    }

    // Overrides of what the runtime's own types declare (ToString, Dispose of a SafeHandle) stand on a base too.
    private static IEnumerable<ApiLine> SystemMembers(string type) =>
        type.StartsWith("System.", StringComparison.Ordinal) && typeof(object).Assembly.GetType(type) is { } known ? ApiList.Of(known) : [];

    private (RealList List, ApiLine Line)? Find(string type)
    {
        foreach (var list in _others.Prepend(this))
        {
            if (list._types.TryGetValue(type, out var line))
                return (list, line);
        }

        return null;
    }

    /// <summary>Finds the declaration behind a written base such as <c>Module&lt;Tensor, Tensor&gt;</c>.</summary>
    private (RealList List, ApiLine Line, Dictionary<string, string> Names)? Resolve(string written)
    {
        if (Find(written) is { } exact)
            return (exact.List, exact.Line, []);
        var (name, arguments) = SplitGeneric(written);
        foreach (var list in _others.Prepend(this))
        {
            foreach (var (type, line) in list._types)
            {
                var (candidate, parameters) = SplitGeneric(type);
                if (candidate == name && parameters.Count == arguments.Count && arguments.Count > 0)
                    return (list, line, parameters.Zip(arguments).ToDictionary(pair => pair.First, pair => pair.Second));
            }
        }

        return null;
    }

    private static List<string> BaseNames(string signature)
    {
        var (head, bases) = SplitBases(signature);
        return head.Contains(" interface ", StringComparison.Ordinal) ? bases : bases.Take(1).ToList();
    }

    private static bool IsNarrower(string ours, string real)
    {
        var (ourHead, ourBases) = SplitBases(ours);
        var (realHead, realBases) = SplitBases(real);
        var isClass = ourHead.Contains("class ", StringComparison.Ordinal);
        return ourHead == realHead && ourBases.All(realBases.Contains) && (!isClass || ourBases[0] == realBases[0]) && Where(ours) == Where(real);
    }

    private static (string Head, List<string> Bases) SplitBases(string signature)
    {
        var text = signature[..^Where(signature).Length];
        var colon = text.IndexOf(" : ", StringComparison.Ordinal);
        return colon < 0 ? (text, []) : (text[..colon], SplitTop(text[(colon + 3)..]));
    }

    private static string Where(string signature)
    {
        var at = signature.IndexOf(" where ", StringComparison.Ordinal);
        return at < 0 ? "" : signature[at..];
    }

    private static (string Name, List<string> Arguments) SplitGeneric(string type)
    {
        var open = type.EndsWith('>') ? type.IndexOf('<') : -1;
        return open < 0 ? (type, []) : (type[..open], SplitTop(type[(open + 1)..^1]));
    }

    private static List<string> SplitTop(string text)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] is '<' or '(' or '[' ? 1 : text[i] is '>' or ')' or ']' ? -1 : 0;
            if (depth == 0 && text[i] == ',')
            {
                parts.Add(text[start..i]);
                start = i + 2;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static string Substitute(string text, Dictionary<string, string> names) =>
        names.Count == 0 ? text : Word().Replace(text, match => names.GetValueOrDefault(match.Value, match.Value));

    private static string Plain(string signature, string type) =>
        Modifier().Replace(signature, "").Replace($" {type}.", " ", StringComparison.Ordinal);

    private static bool IsStatic(ApiLine line) => line.Signature.Split(' ').Take(3).Contains("static") || line.Kind == "const";

    private static string MemberName(ApiLine line)
    {
        if (line.Kind is "type" or "ctor" or "forwarded")
            return "";
        var marker = line.Type + ".";
        var at = line.Signature.IndexOf(" " + marker, StringComparison.Ordinal);
        var start = line.Signature.StartsWith(marker, StringComparison.Ordinal) ? marker.Length : at < 0 ? 0 : at + 1 + marker.Length;
        return Identifier().Match(line.Signature[start..]).Value;
    }

    [GeneratedRegex(@"\b(?:abstract |sealed |override |virtual )+")]
    private static partial Regex Modifier();

    [GeneratedRegex(@"(?<![\w.])\w+(?![\w.])")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\w+")]
    private static partial Regex Identifier();
}

using System.Text.RegularExpressions;

namespace ApiCheck;

/// <summary>The lists of the real API and the rule by which a line of ours is found in them.</summary>
/// <remarks>
/// A member may stand on the type or on a base of it (modifiers such as override may then differ); a type may implement fewer interfaces.
/// All else must match to the letter. Where there are two versions of an assembly, the signature must be in the older and the name in both.
/// </remarks>
public sealed partial class RealApi
{
    private readonly Dictionary<string, List<RealList>> _assemblies = [];

    public RealApi(string folder)
    {
        var shared = new List<RealList>();
        foreach (var path in Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal))
        {
            var match = Versioned().Match(Path.GetFileNameWithoutExtension(path));
            var name = match.Success ? match.Groups[1].Value : Path.GetFileNameWithoutExtension(path);
            // The assemblies of ML.NET derive from each other's types; versions of one assembly must not be mixed.
            var list = new RealList(path, match.Success ? [] : shared);
            shared.Add(list);
            _assemblies.TryAdd(name, []);
            _assemblies[name].Add(list);
        }
    }

    public bool Knows(string assembly) => _assemblies.ContainsKey(assembly);

    /// <summary>Returns why the line is not one of the real API, or null where it is.</summary>
    public string Objection(string assembly, ApiLine line)
    {
        var versions = _assemblies[assembly];
        if (!versions[0].Contains(line))
            return versions[0].ContainsName(line) ? "differs" : "unknown";
        return versions.Skip(1).Any(version => !version.ContainsName(line)) ? "gone in the newer version" : null;
    }

    [GeneratedRegex(@"^(.+)-\d+\.\d+\.\d+$")]
    private static partial Regex Versioned();
}

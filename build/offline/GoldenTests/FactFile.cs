using System.Text.Json;

namespace GoldenTests;

/// <summary>One file of facts and the world (the C# members) in which its code runs.</summary>
public sealed record FactFile(string Name, IReadOnlyList<string> Classes, IReadOnlyList<FactCase> Cases)
{
    public string World => string.Concat(Path.GetFileNameWithoutExtension(Name).Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + "World";

    public static FactFile Read(string path)
    {
        var root = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        var classes = root.TryGetProperty("classes", out var list) ? list.EnumerateArray().Select(item => item.GetString()).ToList() : [];
        var cases = root.GetProperty("cases").EnumerateArray().Select((fact, index) => new FactCase(index, fact)).ToList();
        return new FactFile(Path.GetFileName(path), classes, cases);
    }
}

/// <summary>One fact: what was tried and what the real library gave.</summary>
public sealed record FactCase(int Index, JsonElement Fact)
{
    public string Title => Fact.GetProperty("case").GetString();

    public string Code => Text("code");

    public string Input => Text("text");

    private string Text(string name) => Fact.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>Code shown in README and docs is a region of Snippets.cs, which the other tests of this folder run.</summary>
public sealed partial class SnippetTests
{
    [Fact]
    public void EverySnippetInThePages_IsARegionOfTheTests()
    {
        var root = Root();
        var regions = Regions(File.ReadAllText(Path.Combine(Folder(), "Snippets.cs")));
        var shown = new List<string>();
        foreach (var page in Directory.GetFiles(Path.Combine(root, "docs"), "*.md").Append(Path.Combine(root, "README.md")))
        {
            var text = File.ReadAllText(page);
            var blocks = Block().Matches(text);
            Assert.Equal(Regex.Count(text, "```csharp"), blocks.Count);
            foreach (Match block in blocks)
            {
                var name = block.Groups["name"].Value;
                Assert.True(regions.TryGetValue(name, out var code), $"{Path.GetFileName(page)} shows '{name}', which no region of Snippets.cs is called.");
                Assert.Equal(code, block.Groups["code"].Value.Trim());
                shown.Add(name);
            }
        }

        Assert.Equal(regions.Keys.Order(), shown.Order());
    }

    private static Dictionary<string, string> Regions(string source) => Region().Matches(source)
        .ToDictionary(match => match.Groups["name"].Value, match => Dedent(match.Groups["code"].Value));

    private static string Dedent(string code)
    {
        var lines = code.Trim('\n').Split('\n');
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : line.Trim())).Trim();
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static string Root() => Path.GetFullPath(Path.Combine(Folder(), "..", "..", ".."));

    [GeneratedRegex("<!-- snippet: (?<name>[a-z-]+) -->\n```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("#region (?<name>[a-z-]+)\n(?<code>.*?)\n *#endregion", RegexOptions.Singleline)]
    private static partial Regex Region();
}

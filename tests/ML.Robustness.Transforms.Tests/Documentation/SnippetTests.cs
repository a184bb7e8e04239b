using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The code of README and docs: regions of the files *Snippets.cs, which other tests run.</summary>
public sealed partial class SnippetTests
{
    [Fact]
    public void EverySnippetInThePages_IsARegionOfTheTests()
    {
        var root = Root();
        var regions = Directory.GetFiles(Folder(), "*Snippets.cs").SelectMany(file => Regions(File.ReadAllText(file)))
            .ToDictionary();
        var shown = new List<string>();
        foreach (var page in Pages(root))
        {
            var text = File.ReadAllText(page);
            var blocks = Block().Matches(text);
            Assert.Equal(Regex.Count(text, "```csharp"), blocks.Count);
            foreach (Match block in blocks)
            {
                var name = block.Groups["name"].Value;
                Assert.True(
                    regions.TryGetValue(name, out var code),
                    $"{Path.GetFileName(page)} shows '{name}', but no region of a *Snippets.cs file has this name.");
                Assert.Equal(code, block.Groups["code"].Value.Trim());
                shown.Add(name);
            }
        }

        Assert.Equal(regions.Keys.Order(), shown.Order());
    }

    [Fact]
    public void EveryLinkBetweenThePages_LeadsToAFileAndAHeading()
    {
        foreach (var page in Pages(Root()))
        {
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                var (path, heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
                var file = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, path));
                Assert.True(Path.Exists(file), $"{Path.GetFileName(page)} links to {path}, which does not exist.");
                if (heading.Length > 0)
                    Assert.Contains(heading, Headings(File.ReadAllText(file)));
            }
        }
    }

    private static string[] Pages(string root) =>
    [
        .. Directory.GetFiles(Path.Combine(root, "docs"), "*.md"),
        Path.Combine(root, "README.md"),
        Path.Combine(root, "CONTRIBUTING.md"),
    ];

    /// <summary>The headings of a page, as GitHub names them in links.</summary>
    private static IEnumerable<string> Headings(string text) => Heading().Matches(text)
        .Select(match => NotInAnchor().Replace(match.Groups["title"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

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

    [GeneratedRegex(@"\]\((?!https?:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("^#+ (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("#region (?<name>[a-z-]+)\n(?<code>.*?)\n *#endregion", RegexOptions.Singleline)]
    private static partial Regex Region();
}

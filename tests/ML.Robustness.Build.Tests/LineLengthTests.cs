namespace ML.Robustness.Build.Tests;

/// <summary>No line is longer than .editorconfig's max_line_length, which the compiler does not check.</summary>
public class LineLengthTests
{
    private static readonly string[] Endings = [".cs", ".md", ".py", ".csproj", ".props", ".targets"];

    [Fact]
    public void Lines_FitThePage()
    {
        var most = int.Parse(File.ReadLines(Path.Combine(Repository.Root, ".editorconfig"))
            .Single(line => line.StartsWith("max_line_length = ", StringComparison.Ordinal))["max_line_length = ".Length..],
            System.Globalization.CultureInfo.InvariantCulture);

        var longer = Files(Repository.Root).SelectMany(file => File.ReadLines(file)
            .Select((line, index) => (Line: line, Place: $"{Path.GetRelativePath(Repository.Root, file)}:{index + 1}"))
            // A table's row cannot be broken.
            .Where(line => line.Line.Length > most && !(file.EndsWith(".md", StringComparison.Ordinal) && line.Line[0] == '|'))
            .Select(line => $"{line.Place}: {line.Line.Length} characters"));

        Assert.Empty(longer);
    }

    /// <summary>The files that people wrote: nothing from hidden folders and builds.</summary>
    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => Endings.Contains(Path.GetExtension(file)))
            .Concat(Directory.EnumerateDirectories(folder)
                .Where(inner => Path.GetFileName(inner) is var name && name[0] != '.' && name is not ("bin" or "obj"))
                .SelectMany(Files));
}

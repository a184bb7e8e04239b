// Writes src/*/PublicAPI.Unshipped.txt anew, from what the compiler says is public. Run it after each change of the public API,
// and read the difference: dotnet run build/PublicApi.cs
using System.Diagnostics;
using System.Text.RegularExpressions;

const string Head = "#nullable enable\n";
var projects = Directory.GetFiles("src", "*.csproj", SearchOption.AllDirectories);
foreach (var project in projects)
{
    File.WriteAllText(PathOf(project, "Unshipped"), Head);
    if (!File.Exists(PathOf(project, "Shipped")))
        File.WriteAllText(PathOf(project, "Shipped"), Head);
}

foreach (var project in projects)
{
    // A symbol that no file names is reported once for each compilation.
    var start = new ProcessStartInfo("dotnet",
        ["build", project, "-c", "Release", "--no-incremental", "-p:TreatWarningsAsErrors=false"])
    {
        RedirectStandardOutput = true,
    };
    using var build = Process.Start(start)!;
    var output = await build.StandardOutput.ReadToEndAsync();
    await build.WaitForExitAsync();
    if (build.ExitCode != 0)
    {
        Console.Error.WriteLine(output);
        return 1;
    }
    var name = Regex.Escape(Path.GetFileName(project));
    var symbols = Regex.Matches(output, $@"warning RS0016: Symbol '(.*?)' is not part of the declared public API .*{name}\]")
        .Select(match => match.Groups[1].Value)
        .Distinct().Order(StringComparer.Ordinal).ToArray();
    File.WriteAllText(PathOf(project, "Unshipped"), Head + string.Concat(symbols.Select(symbol => symbol + "\n")));
    Console.WriteLine($"{Path.GetFileNameWithoutExtension(project)}: {symbols.Length} symbols.");
}
return 0;

static string PathOf(string project, string kind) => Path.Combine(Path.GetDirectoryName(project)!, $"PublicAPI.{kind}.txt");

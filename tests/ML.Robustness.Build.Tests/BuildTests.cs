
namespace ML.Robustness.Build.Tests;

/// <summary>The targets of the package in the build of somebody's program.</summary>
public sealed class BuildTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private const string Library = "libLibTorchSharp.so";

    [Theory]
    [InlineData("true", "")]
    [InlineData("true", "-r linux-x64 --no-self-contained")]
    public void Output_AndPublishedFiles_AreRelaxed_ThePackageIsNot(string mode, string platform)
    {
        WriteProgram(mode);

        Dotnet($"build -c Release -o out {platform}");
        Dotnet($"publish -c Release -o published {platform}");
        Dotnet($"build -c Release -o out {platform}");

        Assert.True(IsWeak(Find("out")));
        Assert.True(IsWeak(Find("published")));
        Assert.False(IsWeak(Path.Combine(Dotnet("nuget locals global-packages -l").Split(": ")[^1].Trim(),
            "torchsharp", ReferencedVersion, "runtimes", "linux-x64", "native", Library)));
    }

    [Fact]
    public void Output_UnlessAsked_IsThePackages_AndAWarningSaysWhereItWillNotLoad()
    {
        WriteProgram("");

        var said = Dotnet("build -c Release -o out");

        Assert.False(IsWeak(Find("out")));
        Assert.Equal(IsNeededHere, said.Contains("warning MLR0001", StringComparison.Ordinal));
    }

    [Fact]
    public void Warning_IsSilencedByFalse()
    {
        WriteProgram("false");

        Assert.DoesNotContain("MLR0001", Dotnet("build -c Release -o out"), StringComparison.Ordinal);
        Assert.False(IsWeak(Find("out")));
    }

    private static string ReferencedVersion => typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);

    /// <summary>The tests' own copy is relaxed where the machine needs it, and only there.</summary>
    private static bool IsNeededHere => OperatingSystem.IsLinux() && IsWeak(Path.Combine(AppContext.BaseDirectory, Library));

    private static bool IsWeak(string path)
    {
        var image = File.ReadAllBytes(path);
        return (image[RelaxGlibcxx.FindFlags(image)] & 2) != 0;
    }

    private string Find(string folder) =>
        Assert.Single(Directory.GetFiles(_folder.PathOf(folder), Library, SearchOption.AllDirectories));

    private string Dotnet(string arguments) =>
        Processes.Run("dotnet", [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], null, $"{_folder}");

    private void WriteProgram(string mode)
    {
        var targets = Path.GetFullPath(
            Path.Combine(Repository.Root, "src", "ML.Robustness", "buildTransitive", "ML.Robustness.targets"));
        // Files of these names end the search for the repository's own.
        foreach (var name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            File.WriteAllText(_folder.PathOf(name), "<Project />");
        File.WriteAllText(_folder.PathOf("Program.cs"), "System.Console.WriteLine(typeof(TorchSharp.torch));");
        File.WriteAllText(_folder.PathOf("program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RelaxGlibcxx>{mode}</RelaxGlibcxx>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="TorchSharp" Version="{ReferencedVersion}" />
              </ItemGroup>
              <Import Project="{targets}" />
            </Project>
            """);
    }
}

using System.Reflection;
using Microsoft.ML;
using ML.Robustness.Build.Tests.Circular.One;
using ML.Robustness.Models;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.PyTorch.Weights;

namespace ML.Robustness.Build.Tests;

/// <summary>How the house is built: rooms (namespaces, folders) without circles, and an engine that knows nothing of
/// ML.NET.</summary>
public class ArchitectureTests
{
    private const int MostFiles = 25;

    private static readonly Assembly Engine = typeof(ConvNet).Assembly;
    private static readonly Dictionary<string, Assembly> Assemblies = new()
    {
        ["ML.Robustness"] = Engine,
        ["ML.Robustness.Onnx"] = typeof(OnnxNetwork).Assembly,
        ["ML.Robustness.PyTorch"] = typeof(PyTorchWeights).Assembly,
        ["ML.Robustness.Transforms"] = typeof(AdversarialTrainingCatalog).Assembly,
        ["ML.Robustness.Trees"] = typeof(TreeCertificationCatalog).Assembly,
    };

    public static TheoryData<string> Packages => [.. Assemblies.Keys];

    [Theory, MemberData(nameof(Packages))]
    public void Rooms_HaveNoCircle(string package)
    {
        var circles = new Rooms(Assemblies[package]).Circles();

        Assert.True(circles.Count == 0, $"These rooms of {package} use each other in a circle:\n{string.Join('\n', circles)}");
    }

    [Fact]
    public void Rooms_WithACircle_AreFound() => Assert.NotEmpty(new Rooms(typeof(First).Assembly).Circles());

    [Theory, MemberData(nameof(Packages))]
    public void Rooms_AreFolders_OfFilesAtHand(string package)
    {
        var project = Path.Combine(Repository.Root, "src", package);
        foreach (var room in Directory.GetDirectories(project)
            .Where(folder => !Path.GetFileName(folder).StartsWith("bin", StringComparison.Ordinal)
            && Path.GetFileName(folder) is not ("obj" or "build" or "buildTransitive")))
        {
            var files = Directory.GetFiles(room, "*.cs", SearchOption.AllDirectories);
            Assert.InRange(files.Length, 1, MostFiles);
            foreach (var file in files)
            {
                Assert.Equal(room, Path.GetDirectoryName(file));
                var space = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
                    ?["namespace ".Length..].TrimEnd(';');
                if (space is null)
                {
                    Assert.Contains("[assembly: ", File.ReadAllText(file), StringComparison.Ordinal);
                    continue;
                }
                Assert.True(
                    space == $"{package}.{Path.GetFileName(room)}"
                        || (space == "Microsoft.ML" && file.EndsWith("Catalog.cs", StringComparison.Ordinal))
                    || space == "System.Runtime.CompilerServices", $"{file} is in the namespace {space}.");
            }
        }

        Assert.Empty(Directory.GetFiles(project, "*.cs"));
    }

    [Fact]
    public void Engine_KnowsNothingOfMLNet() =>
        Assert.DoesNotContain(Engine.GetReferencedAssemblies(),
            name => name.Name!.StartsWith("Microsoft.ML", StringComparison.Ordinal));
}

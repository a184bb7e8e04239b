using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GoldenTests;

/// <summary>
/// Compiles all the code of one file of facts at once: its world (Worlds/*.cs), its row classes and a method for each case. A member that does not
/// compile is taken out with everything that leans on it, and the cases among them are reported.
/// </summary>
public sealed class WorldBuilder(FactFile file)
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.IO.Compression;
        global using System.Linq;
        global using System.Text.Json;
        global using GoldenTests;
        global using Microsoft.ML;
        global using Microsoft.ML.Data;
        global using Microsoft.ML.Runtime;
        global using Microsoft.ML.Transforms;
        global using Microsoft.ML.Transforms.Image;
        """;

    private static readonly string[] Assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")).Split(Path.PathSeparator);

    private static readonly List<MetadataReference> References =
        Assemblies.Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)).ToList();

    private readonly List<SyntaxTree> _trees = [];

    /// <summary>Why a case did not compile, by its index.</summary>
    public Dictionary<int, string> Errors { get; } = [];

    /// <summary>Why a member of the world did not compile.</summary>
    public List<string> Missing { get; } = [];

    public Type Build()
    {
        var world = ReadWorld();
        // Facts about saved models show the assembly's name, and reach the internals that the product reaches.
        var internals = world.Contains("IgnoresAccessChecksTo", StringComparison.Ordinal);
        _trees.Add(Parse(Usings));
        _trees.Add(Parse(world));
        _trees.Add(Parse(Cases(world)));
        var compilation = Settle(internals);
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        if (!result.Success)
            throw new InvalidOperationException($"{file.Name} does not compile: {result.Diagnostics.First(IsError)}");
        stream.Position = 0;
        return AssemblyLoadContext.Default.LoadFromStream(stream).GetType("GoldenTests.Worlds." + file.World);
    }

    private CSharpCompilation Settle(bool internals)
    {
        var name = internals ? "Acme.Iact" : "GoldenTests." + file.World;
        var references = internals ? Open("Microsoft.ML.Core.dll") : References;
        while (true)
        {
            var compilation = CSharpCompilation.Create(name, _trees, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
            var broken = compilation.GetDiagnostics().Where(IsError).Select(error => (error, member: Member(error))).ToList();
            if (broken.Count == 0)
                return compilation;
            foreach (var (error, member) in broken)
            {
                if (member is MethodDeclarationSyntax method && method.Identifier.Text.StartsWith("Case_", StringComparison.Ordinal))
                    Errors.TryAdd(int.Parse(method.Identifier.Text[5..]), error.GetMessage());
                else
                    Missing.Add($"{file.World}: {error.GetMessage()}");
            }
            foreach (var members in broken.Select(item => item.member).Distinct().GroupBy(member => member.SyntaxTree).ToList())
                _trees[_trees.IndexOf(members.Key)] = Parse(members.Key.GetRoot().RemoveNodes(members, SyntaxRemoveOptions.KeepNoTrivia).ToFullString());
        }
    }

    /// <summary>The member of the world's class, the class or the attribute in which the error lies.</summary>
    private SyntaxNode Member(Diagnostic error)
    {
        var nodes = error.Location.SourceTree?.GetRoot().FindNode(error.Location.SourceSpan).AncestorsAndSelf().ToList() ?? [];
        return nodes.OfType<MemberDeclarationSyntax>().FirstOrDefault(member => member.Parent is ClassDeclarationSyntax parent && parent.Identifier.Text == file.World)
            ?? nodes.OfType<TypeDeclarationSyntax>().FirstOrDefault()
            ?? (SyntaxNode)nodes.OfType<AttributeListSyntax>().FirstOrDefault()
            ?? throw new InvalidOperationException($"{file.Name} does not compile: {error}");
    }

    private static bool IsError(Diagnostic diagnostic) => diagnostic.Severity == DiagnosticSeverity.Error;

    private static SyntaxTree Parse(string code) => CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest));

    private static List<MetadataReference> Open(string name) =>
        References.Select((reference, i) => Path.GetFileName(Assemblies[i]) == name ? OpenReference.Create(Assemblies[i]) : reference).ToList();

    private string ReadWorld()
    {
        using var stream = typeof(WorldBuilder).Assembly.GetManifestResourceStream(file.World + ".cs")
            ?? throw new InvalidOperationException($"{file.Name} has no world: Worlds/{file.World}.cs is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private string Cases(string world)
    {
        var declared = Parse(world).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>().Select(type => type.Identifier.Text).ToHashSet();
        // The row classes stand beside the world's class, not in it: there R() may be a view and R its row.
        var code = new StringBuilder("namespace GoldenTests.Worlds;\n");
        foreach (var row in file.Classes.Where(row => !declared.Contains(row.Split(' ', 3)[1])))
            code.AppendLine("public " + row);
        code.AppendLine($"public static partial class {file.World}\n{{");
        foreach (var fact in file.Cases.Where(fact => fact.Code != null))
        {
            code.Append($"public static object Case_{fact.Index}() ");
            code.AppendLine(fact.Code.StartsWith('{') ? fact.Code : $"=> (object)({fact.Code});");
        }
        return code.Append("}\n").ToString();
    }
}

using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.Internals;

/// <summary>Names every internal of ML.NET that src/ML.Robustness.Transforms/Internals leans on.</summary>
public class MlNetInternalsTests
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    public static TheoryData<string, string> LeanedOn => new()
    {
        { "Core Microsoft.ML.LoadableClassAttribute", ".ctor(String, Type, Type, Type, String, String[])" },
        { "Core Microsoft.ML.SignatureLoadModel", "Invoke(ModelLoadContext)" },
        { "Core Microsoft.ML.VersionInfo", ".ctor(String, UInt32, UInt32, UInt32, String, String, String)" },
        { "Core Microsoft.ML.ModelSaveContext", "CheckAtModel()" },
        { "Core Microsoft.ML.ModelSaveContext", "SetVersionInfo(VersionInfo)" },
        { "Core Microsoft.ML.ModelSaveContext", "SaveBinaryStream(String, Action`1)" },
        { "Core Microsoft.ML.ModelSaveContext", "Writer" },
        { "Core Microsoft.ML.ModelLoadContext", "CheckAtModel(VersionInfo)" },
        { "Core Microsoft.ML.ModelLoadContext", "TryLoadBinaryStream(String, Action`1)" },
        { "Core Microsoft.ML.ModelLoadContext", "Reader" },
        { "Core Microsoft.ML.ModelLoadContext", "Header" },
        { "Core Microsoft.ML.ModelHeader", "ModelVerWritten" },
        { "Core Microsoft.ML.SchemaShape", "Create(DataViewSchema)" },
        { "Core Microsoft.ML.SchemaShape+Column", ".ctor(String, VectorKind, DataViewType, Boolean, SchemaShape)" },
        { "Core Microsoft.ML.TrainerInfo", ".ctor(Boolean, Boolean, Boolean, Boolean, Boolean, Boolean)" },
        { "Core Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_Seed()" },
        { "Core Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_GpuDeviceId()" },
        { "Core Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_FallbackToCpu()" },
        { "Data Microsoft.ML.Data.IInternalCatalog", "get_Environment()" },
        { "Data Microsoft.ML.Data.CatalogUtils", "GetEnvironment(IInternalCatalog)" },
    };

    [Theory]
    [MemberData(nameof(LeanedOn))]
    public void MlNet_HasTheInternal(string type, string member)
    {
        var assembly = type.StartsWith("Core", StringComparison.Ordinal) ? typeof(SchemaShape).Assembly : typeof(MLContext).Assembly;
        var found = assembly.GetType(type[5..]);
        Assert.NotNull(found);
        Assert.Contains(member, found.GetMembers(Any).Select(Describe));
    }

    [Fact]
    public void Transforms_AsksToReachTheTwoAssembliesOnly()
    {
        var asked = typeof(AdversarialTrainingTrainer).Assembly.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType.Name == "IgnoresAccessChecksToAttribute")
            .Select(attribute => (string)attribute.ConstructorArguments[0].Value!);
        Assert.Equal([typeof(SchemaShape).Assembly.GetName().Name!, typeof(MLContext).Assembly.GetName().Name!], asked.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(typeof(MulticlassClassificationCatalog.MulticlassClassificationTrainers))]
    [InlineData(typeof(TransformsCatalog))]
    public void Catalog_IsAnInternalCatalog(Type catalog) =>
        Assert.Contains("IInternalCatalog", catalog.GetInterfaces().Select(i => i.Name));

    private static string Describe(MemberInfo member) => member is MethodBase method
        ? $"{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})"
        : member.Name;
}

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Internals;

/// <summary>
/// What ML.Robustness.Transforms uses of ML.NET that ML.NET does not show, read from the compiled assembly. A version of ML.NET
/// that changes one of these fails here, by name; what takes its place is to be put into src/ML.Robustness.Transforms/Internals.
/// </summary>
public class MlNetInternalsTests
{
    private static readonly string[] Known =
    [
        "Microsoft.ML.Calibrators.IWeaklyTypedCalibratedModelParameters",
        "Microsoft.ML.Calibrators.IWeaklyTypedCalibratedModelParameters.get_WeaklyTypedCalibrator()",
        "Microsoft.ML.Calibrators.IWeaklyTypedCalibratedModelParameters.get_WeaklyTypedSubModel()",
        "Microsoft.ML.Data.CatalogUtils",
        "Microsoft.ML.Data.CatalogUtils.GetEnvironment(IInternalCatalog)",
        "Microsoft.ML.Data.ColumnConcatenatingTransformer.get_Columns()",
        "Microsoft.ML.Data.IDataTransform",
        "Microsoft.ML.Data.IDataTransform.get_Source()",
        "Microsoft.ML.Data.IInternalCatalog",
        "Microsoft.ML.Data.ITransformerChainAccessor",
        "Microsoft.ML.Data.ITransformerChainAccessor.get_Scopes()",
        "Microsoft.ML.Data.ITransformerChainAccessor.get_Transformers()",
        "Microsoft.ML.Data.OneToOneTransformerBase.ColumnPairs",
        "Microsoft.ML.IPredictorProducing`1",
        "Microsoft.ML.ISingleFeaturePredictionTransformer",
        "Microsoft.ML.LoadableClassAttribute",
        "Microsoft.ML.LoadableClassAttribute..ctor(String, Type, Type, Type, String, String[])",
        "Microsoft.ML.Model.OnnxConverter.ICanSaveOnnx",
        "Microsoft.ML.Model.OnnxConverter.ICanSaveOnnx.CanSaveOnnx(OnnxContext)",
        "Microsoft.ML.Model.OnnxConverter.ISaveAsOnnx",
        "Microsoft.ML.Model.OnnxConverter.ISaveAsOnnx.SaveAsOnnx(OnnxContext)",
        "Microsoft.ML.Model.OnnxConverter.ITransformCanSaveOnnx",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext.AddInitializer(IEnumerable`1, IEnumerable`1, String, Boolean)",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext.AddIntermediateVariable(DataViewType, String, Boolean)",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext.ContainsColumn(String)",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext.CreateNode(String, IEnumerable`1, IEnumerable`1, String, String)",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext.GetNodeName(String)",
        "Microsoft.ML.Model.OnnxConverter.OnnxContext.GetVariableName(String)",
        "Microsoft.ML.Model.OnnxConverter.OnnxNode",
        "Microsoft.ML.Model.OnnxConverter.OnnxNode.AddAttribute(String, Double)",
        "Microsoft.ML.Model.OnnxConverter.OnnxNode.AddAttribute(String, IEnumerable`1)",
        "Microsoft.ML.Model.OnnxConverter.OnnxNode.AddAttribute(String, Int64)",
        "Microsoft.ML.Model.OnnxConverter.OnnxNode.AddAttribute(String, Type)",
        "Microsoft.ML.ModelHeader",
        "Microsoft.ML.ModelHeader.ModelVerWritten",
        "Microsoft.ML.ModelLoadContext",
        "Microsoft.ML.ModelLoadContext.CheckAtModel(VersionInfo)",
        "Microsoft.ML.ModelLoadContext.Header",
        "Microsoft.ML.ModelLoadContext.Reader",
        "Microsoft.ML.ModelLoadContext.TryLoadBinaryStream(String, Action`1)",
        "Microsoft.ML.ModelSaveContext.CheckAtModel()",
        "Microsoft.ML.ModelSaveContext.SaveBinaryStream(String, Action`1)",
        "Microsoft.ML.ModelSaveContext.SetVersionInfo(VersionInfo)",
        "Microsoft.ML.ModelSaveContext.Writer",
        "Microsoft.ML.Runtime.IHostEnvironmentInternal",
        "Microsoft.ML.Runtime.IHostEnvironmentInternal.get_FallbackToCpu()",
        "Microsoft.ML.Runtime.IHostEnvironmentInternal.get_GpuDeviceId()",
        "Microsoft.ML.Runtime.IHostEnvironmentInternal.get_Seed()",
        "Microsoft.ML.SchemaShape+Column..ctor(String, VectorKind, DataViewType, Boolean, SchemaShape)",
        "Microsoft.ML.SchemaShape.Create(DataViewSchema)",
        "Microsoft.ML.SignatureLoadModel",
        "Microsoft.ML.TrainerInfo..ctor(Boolean, Boolean, Boolean, Boolean, Boolean, Boolean)",
        "Microsoft.ML.Trainers.OneVersusAllModelParameters.get_SubModelParameters()",
        "Microsoft.ML.VersionInfo",
        "Microsoft.ML.VersionInfo..ctor(String, UInt32, UInt32, UInt32, String, String, String)",
    ];

    [Fact]
    public void Internals_ThatAreUsed_AreTheKnownOnes() =>
        Assert.Equal(Known.Order(StringComparer.Ordinal),
            References().Where(IsHidden).Select(Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Transforms_AsksToReachTheThreeAssembliesOnly()
    {
        var asked = typeof(AdversarialTrainer).Assembly.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType.Name == "IgnoresAccessChecksToAttribute")
            .Select(attribute => (string)attribute.ConstructorArguments[0].Value!);
        Assert.Equal(
            [
                typeof(SchemaShape).Assembly.GetName().Name!, typeof(MLContext).Assembly.GetName().Name!,
                typeof(OneVersusAllModelParameters).Assembly.GetName().Name!,
            ],
            asked.Order(StringComparer.Ordinal));
    }

    // Fields of a generic type are not among the references that are read above.
    [Fact]
    public void Threshold_OfABinaryModel_IsRead()
    {
        var ml = new MLContext(seed: 1);
        var model = ml.BinaryClassification.Trainers.SdcaLogisticRegression().Fit(BinaryPoints.View(ml));
        Assert.Equal(new BinaryThreshold("Score", 0), BinaryThreshold.Of(model));
        Assert.Equal(
            new BinaryThreshold("Score", 1.5f), BinaryThreshold.Of(ml.BinaryClassification.ChangeModelThreshold(model, 1.5f)));
        Assert.Null(BinaryThreshold.Of(ml.Transforms.CopyColumns("Copy", "Features").Fit(BinaryPoints.View(ml))));
    }

    /// <summary>All types and members that the assembly refers to, as the ML.NET that is there has them.</summary>
    private static IEnumerable<MemberInfo> References()
    {
        var module = typeof(AdversarialTrainer).Module;
        using var file = new PEReader(File.OpenRead(module.FullyQualifiedName));
        var metadata = file.GetMetadataReader();
        var members = metadata.MemberReferences.Where(
            member => metadata.GetMemberReference(member).Parent.Kind == HandleKind.TypeReference);
        return [
            .. metadata.TypeReferences.Select(type => (EntityHandle)type).Concat(members.Select(member => (EntityHandle)member))
            .Select(Resolve)];

        MemberInfo Resolve(EntityHandle handle)
        {
            try
            {
                return module.ResolveMember(MetadataTokens.GetToken(handle))!;
            }
            catch (Exception e) when (e is MissingMemberException or TypeLoadException)
            {
                var version = typeof(MLContext).Assembly.GetName().Version;
                throw new InvalidOperationException($"ML.NET {version} lacks what src/ML.Robustness.Transforms uses: {e.Message}",
                    e);
            }
        }
    }

    private static bool IsHidden(MemberInfo member)
    {
        var type = member as Type ?? member.DeclaringType!;
        return type.Assembly.GetName().Name!.StartsWith("Microsoft.ML", StringComparison.Ordinal)
            && (!type.IsVisible
                || member is MethodBase { IsAssembly: true } or MethodBase { IsPrivate: true }
                or MethodBase { IsFamilyAndAssembly: true }
                or FieldInfo { IsAssembly: true });
    }

    private static string Name(MemberInfo member) => member is Type type
        ? type.FullName!
        : $"{member.DeclaringType!.FullName}.{member.Name}" + (member is MethodBase method
            ? $"({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})"
            : "");
}

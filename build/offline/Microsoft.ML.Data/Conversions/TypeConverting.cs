using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("Convert Transform", typeof(TypeConvertingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Convert Transform", TypeConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    internal TypeConvertingEstimator(IHostEnvironment env, DataKind outputKind, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TypeConvertingEstimator)), new TypeConvertingTransformer(env, outputKind, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        return Transformer.ColumnPairs.Aggregate(Host.CheckRef(inputSchema, nameof(inputSchema)), (shape, pair) =>
        {
            SchemaShape.Column input = inputSchema.FindInput(Host, pair.inputColumnName);
            PrimitiveDataViewType type = ColumnTypeExtensions.PrimitiveTypeFromKind(Transformer.OutputKind);
            if (!StandardConversions.CanConvert(input.ItemType, type))
                throw Host.ExceptParam(nameof(inputSchema), $"Don't know how to convert {pair.inputColumnName} into {type}");
            return shape.With(new SchemaShape.Column(pair.outputColumnName, input.Kind, type, false, input.Annotations));
        });
    }
}

public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TypeConverting";
    internal readonly DataKind OutputKind;

    internal TypeConvertingTransformer(IHostEnvironment env, DataKind outputKind, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TypeConvertingTransformer)), columns)
    {
        OutputKind = outputKind;
    }

    private TypeConvertingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        foreach ((string, string) pair in ColumnPairs)
        {
            OutputKind = (DataKind)ctx.Reader.ReadByte();
            host.CheckDecode(Enum.IsDefined(OutputKind));
        }
    }

    private static VersionInfo Version => new("CONVERTF", 0x00010004, 0x00010003, 0x00010003, typeof(TypeConvertingTransformer).Assembly.FullName, LoaderSignature);

    private static TypeConvertingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new TypeConvertingTransformer(env.Register("Convert"), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        foreach ((string, string) pair in ColumnPairs)
            ctx.Writer.Write((byte)OutputKind);
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        DataViewType source = input.Type.GetItemType();
        PrimitiveDataViewType target = ColumnTypeExtensions.PrimitiveTypeFromKind(OutputKind);
        if (source is KeyDataViewType key && KeyDataViewType.IsValidDataType(target.RawType))
            target = new KeyDataViewType(target.RawType, key.Count);
        if (!StandardConversions.CanConvert(source, target))
        {
            throw Host.ExceptParam("inputSchema",
                $"source column '{input.Name}' with item type '{input.Type}' is not compatible with destination type '{target}'");
        }
        DataViewType type = input.Type is VectorDataViewType vector ? new VectorDataViewType(target, vector.Dimensions) : target;
        return new ColumnMapping(type, Annotations(input, source, type), row => Generic.Call(MakeGetter<int, int>, source.RawType, target.RawType, row, input, 0));
    }

    private static Delegate MakeGetter<TSource, TTarget>(DataViewRow row, DataViewSchema.Column input, int unused)
        => ItemMapping.MakeGetter(row, input, StandardConversions.Get<TSource, TTarget>());

    private static DataViewSchema.Annotations Annotations(DataViewSchema.Column input, DataViewType source, DataViewType type)
    {
        DataViewType target = type.GetItemType();
        var builder = new DataViewSchema.Annotations.Builder();
        if (type.IsKnownSizeVector())
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        if (source is KeyDataViewType && target is KeyDataViewType)
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.KeyValues);
        if (source is NumberDataViewType && target is NumberDataViewType)
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.IsNormalized);
        if (input.Type is BooleanDataViewType && target is NumberDataViewType)
            builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        return builder.ToAnnotations();
    }
}

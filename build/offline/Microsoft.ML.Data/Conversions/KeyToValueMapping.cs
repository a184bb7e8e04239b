using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("Key To Value Transform", typeof(KeyToValueMappingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Key To Value Transform", KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        return Transformer.ColumnPairs.Aggregate(Host.CheckRef(inputSchema, nameof(inputSchema)), (shape, pair) =>
        {
            SchemaShape.Column input = inputSchema.FindInput(Host, pair.inputColumnName);
            if (!input.IsKey)
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName, "KeyType", input.GetTypeString());
            if (!input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values))
                throw Host.ExceptParam(nameof(inputSchema), $"Input column '{pair.inputColumnName}' doesn't contain key values metadata");
            IEnumerable<SchemaShape.Column> annotations = input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out SchemaShape.Column names) ? [names] : [];
            return shape.With(new SchemaShape.Column(pair.outputColumnName, input.Kind, values.ItemType, values.IsKey, new SchemaShape(annotations)));
        });
    }
}

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValueTransform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    private KeyToValueMappingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
    }

    private static VersionInfo Version => new("KEY2VALT", 0x00010001, 0x00010001, 0x00010001, typeof(KeyToValueMappingTransformer).Assembly.FullName, LoaderSignature);

    private static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new KeyToValueMappingTransformer(env.Register(nameof(KeyToValueMappingTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        DataViewType values = input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type;
        Host.Check(values != null, "Metadata KeyValues does not exist");
        DataViewType key = input.Type.GetItemType();
        Host.Check(values.GetVectorSize() == key.GetKeyCountAsInt32(), "KeyValues metadata size does not match column type key count");
        var item = (PrimitiveDataViewType)values.GetItemType();
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new ColumnMapping(input.Type is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item, builder.ToAnnotations(),
            row => Generic.Call(MakeGetter<uint, int>, key.RawType, item.RawType, row, input, 0));
    }

    private static Delegate MakeGetter<TKey, TValue>(DataViewRow row, DataViewSchema.Column input, int unused)
    {
        VBuffer<TValue> buffer = default;
        input.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref buffer);
        TValue[] values = buffer.DenseValues().ToArray();
        Func<TKey, ulong> number = StandardConversions.Get<TKey, ulong>();
        return ItemMapping.MakeGetter<TKey, TValue>(row, input,
            key => number(key) is > 0 and ulong index && index <= (ulong)values.Length ? values[index - 1] : ItemMapping.Missing<TValue>());
    }
}

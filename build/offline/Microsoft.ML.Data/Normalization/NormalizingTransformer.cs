using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("", typeof(NormalizingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Normalizer", NormalizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "Normalizer";

    private readonly ColumnNormalizer[] _columns;

    private NormalizingTransformer(IHostEnvironment env, NormalizingEstimator.ColumnOptions[] options, ColumnNormalizer[] columns)
        : base(env.Register(nameof(NormalizingTransformer)), options.Select(column => (column.Name, column.InputColumnName)).ToArray())
    {
        _columns = columns;
    }

    private NormalizingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _columns = new ColumnNormalizer[ColumnPairs.Length];
        for (int i = 0; i < _columns.Length; i++)
        {
            DataViewType type = LoadType(ctx);
            bool found = ctx.TryProcessSubModel(Directory(i), sub => _columns[i] = ColumnNormalizer.Load(sub, type));
            host.CheckDecode(found, $"Missing {Directory(i)} model");
        }
    }

    private static VersionInfo Version
        => new("NORMALZR", 0x00010002, 0x00010001, 0x00010001, typeof(NormalizingTransformer).Assembly.FullName, LoaderSignature);

    public NormalizerModelParametersBase GetNormalizerModelParameters(int index)
    {
        Contracts.CheckParam(index >= 0 && index < _columns.Length, nameof(index),
            $"Not valid. Valid range is from 0 (inclusive) to {_columns.Length} (exclusive) but got {index}.");
        return _columns[index].ModelParameters;
    }

    internal static NormalizingTransformer Train(IHost host, IDataView data, NormalizingEstimator.ColumnOptions[] options)
    {
        DataViewSchema.Column[] inputs = options.Select(column => data.Schema.GetColumnOrNull(column.InputColumnName)
            ?? throw host.ExceptSchemaMismatch(nameof(data), "input", column.InputColumnName)).ToArray();
        using DataViewRowCursor cursor = data.GetRowCursor(inputs.Distinct());
        ColumnLearner[] learners = options.Select((column, i) => ColumnLearner.Create(host, cursor, inputs[i], column)).ToArray();
        var learning = new List<ColumnLearner>(learners);
        while (learning.Count > 0 && cursor.MoveNext())
            learning.RemoveAll(learner => !learner.Learn());
        return new NormalizingTransformer(host, options, learners.Select(learner => learner.Finish()).ToArray());
    }

    private static NormalizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new NormalizingTransformer(env.Register(nameof(NormalizingTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        for (int i = 0; i < _columns.Length; i++)
        {
            SaveType(ctx, _columns[i].Type);
            ctx.SaveSubModel(Directory(i), _columns[i].Save);
        }
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        const string Expected = "scalar or known-size vector of Single";
        bool isVariable = input.Type is VectorDataViewType { IsKnownSize: false };
        DataViewType item = input.Type.GetItemType();
        if (isVariable || (!item.Equals(NumberDataViewType.Single) && !item.Equals(NumberDataViewType.Double)))
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, Expected, isVariable ? "variable-size vector" : input.Type.ToString());
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        ColumnNormalizer column = _columns[pair];
        return new ColumnMapping(column.Type, builder.ToAnnotations(), row => column.MakeGetter(row, input));
    }

    private static string Directory(int column) => $"Normalizer_{column:000}";

    private static void SaveType(ModelSaveContext ctx, DataViewType type)
    {
        var vector = type as VectorDataViewType;
        ctx.Writer.Write(vector != null);
        ctx.Writer.Write((byte)ColumnTypeExtensions.KindOf(type.GetItemType().RawType));
        if (vector == null)
            return;
        ctx.Writer.Write(vector.Dimensions.Length);
        foreach (int dimension in vector.Dimensions)
            ctx.Writer.Write(dimension);
    }

    private static DataViewType LoadType(ModelLoadContext ctx)
    {
        bool isVector = ctx.Reader.ReadBoolean();
        var kind = (DataKind)ctx.Reader.ReadByte();
        Contracts.CheckDecode(kind is DataKind.Single or DataKind.Double);
        PrimitiveDataViewType item = ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
        if (!isVector)
            return item;
        int rank = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(rank > 0);
        return new VectorDataViewType(item, Enumerable.Range(0, rank).Select(_ => ctx.Reader.ReadInt32()).ToArray());
    }

    public abstract class NormalizerModelParametersBase
    {
        private protected NormalizerModelParametersBase()
        {
        }
    }

    public sealed class AffineNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal AffineNormalizerModelParameters(TData scale, TData offset)
        {
            Scale = scale;
            Offset = offset;
        }

        public TData Scale { get; }

        public TData Offset { get; }
    }

    public sealed class CdfNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal CdfNormalizerModelParameters(TData mean, TData standardDeviation, bool useLog)
        {
            Mean = mean;
            StandardDeviation = standardDeviation;
            UseLog = useLog;
        }

        public TData Mean { get; }

        public TData StandardDeviation { get; }

        public bool UseLog { get; }
    }
}

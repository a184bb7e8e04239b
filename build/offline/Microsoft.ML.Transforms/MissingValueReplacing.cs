using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("", typeof(MissingValueReplacingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "NA Replace Transform", MissingValueReplacingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class MissingValueReplacingEstimator : IEstimator<MissingValueReplacingTransformer>
{
    private readonly IHost _host;
    private readonly ReplacementMode _mode;
    private readonly bool _bySlot;
    private readonly (string outputColumnName, string inputColumnName)[] _columns;

    internal MissingValueReplacingEstimator(IHostEnvironment env, ReplacementMode mode, bool bySlot, params (string outputColumnName, string inputColumnName)[] columns)
    {
        _host = env.Register(nameof(MissingValueReplacingEstimator));
        _mode = mode;
        _bySlot = bySlot;
        _columns = columns;
    }

    public enum ReplacementMode : byte
    {
        DefaultValue = 0,
        Mean = 1,
        Minimum = 2,
        Maximum = 3,
        Mode = 5,
    }

    public MissingValueReplacingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new MissingValueReplacingTransformer(_host, input, _mode, _bySlot, _columns);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        return _columns.Aggregate(_host.CheckRef(inputSchema, nameof(inputSchema)), (shape, pair) =>
        {
            SchemaShape.Column input = inputSchema.FindInput(_host, pair.inputColumnName);
            MissingValueReplacingTransformer.CheckType(_host, input.ItemType);
            IEnumerable<SchemaShape.Column> annotations = input.Annotations
                .Where(annotation => annotation.Name is AnnotationUtils.Kinds.SlotNames or AnnotationUtils.Kinds.IsNormalized);
            return shape.With(new SchemaShape.Column(pair.outputColumnName, input.Kind, input.ItemType, false, new SchemaShape(annotations)));
        });
    }
}

public sealed class MissingValueReplacingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "NAReplaceTransform";

    // One value for all slots, or one for each.
    private readonly double[][] _replacements;

    internal MissingValueReplacingTransformer(IHostEnvironment env, IDataView input, MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot,
        (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(MissingValueReplacingTransformer)), columns)
    {
        DataViewSchema.Column[] inputs = columns.Select(pair => input.Schema.GetColumnOrNull(pair.inputColumnName)
            ?? throw Host.ExceptSchemaMismatch(nameof(input), "input", pair.inputColumnName)).ToArray();
        foreach (DataViewSchema.Column column in inputs)
            CheckType(Host, column.Type);
        _replacements = inputs.Select(_ => new double[1]).ToArray();
        if (mode != MissingValueReplacingEstimator.ReplacementMode.DefaultValue)
            Learn(input, inputs, mode, bySlot);
    }

    private MissingValueReplacingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _replacements = new double[ColumnPairs.Length][];
        for (int i = 0; i < _replacements.Length; i++)
        {
            int count = ctx.Reader.ReadInt32();
            host.CheckDecode(count > 0);
            _replacements[i] = Enumerable.Range(0, count).Select(_ => ctx.Reader.ReadDouble()).ToArray();
        }
    }

    private static VersionInfo Version
        => new("NAREP TF", 0x00010002, 0x00010002, 0x00010002, typeof(MissingValueReplacingTransformer).Assembly.FullName, LoaderSignature);

    internal static void CheckType(IExceptionContext context, DataViewType type)
    {
        DataViewType item = type.GetItemType();
        context.CheckParam(item is not KeyDataViewType, "inputSchema",
            $"Type '{type}' is not supported by {LoaderSignature} since its NA value is equivalent to its default value");
        context.CheckParam(item.Equals(NumberDataViewType.Single) || item.Equals(NumberDataViewType.Double), "inputSchema",
            $"Type '{type}' is not supported by {LoaderSignature} since it doesn't have an NA value");
    }

    private static MissingValueReplacingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new MissingValueReplacingTransformer(env.Register(LoaderSignature), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        foreach (double[] values in _replacements)
        {
            ctx.Writer.Write(values.Length);
            Array.ForEach(values, ctx.Writer.Write);
        }
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        CheckType(Host, input.Type);
        double[] values = _replacements[pair];
        if (values.Length > 1)
            Host.Check(input.Type.GetVectorSize() == values.Length, $"Column '{input.Name}' has {input.Type}, but its replacements were learned for {values.Length} slots");
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind is AnnotationUtils.Kinds.SlotNames or AnnotationUtils.Kinds.IsNormalized);
        bool isSingle = input.Type.GetItemType().Equals(NumberDataViewType.Single);
        return new ColumnMapping(input.Type, builder.ToAnnotations(), row => isSingle
            ? MakeGetter(row, input, values.Select(value => (float)value).ToArray(), float.IsNaN)
            : MakeGetter(row, input, values, double.IsNaN));
    }

    private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column input, T[] replacements, Func<T, bool> isMissing)
    {
        if (input.Type is not VectorDataViewType)
        {
            ValueGetter<T> scalar = row.GetGetter<T>(input);
            return (ValueGetter<T>)((ref T value) =>
            {
                scalar(ref value);
                if (isMissing(value))
                    value = replacements[0];
            });
        }
        ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> source = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            vector(ref source);
            ReadOnlySpan<T> values = source.GetValues();
            ReadOnlySpan<int> indices = source.GetIndices();
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, source.Length, values.Length);
            int count = 0;
            for (int i = 0; i < values.Length; i++)
            {
                int slot = source.IsDense ? i : indices[i];
                T item = isMissing(values[i]) ? replacements[replacements.Length == 1 ? 0 : slot] : values[i];
                // A sparse vector has no place for a value that became the default.
                if (!source.IsDense && isMissing(values[i]) && EqualityComparer<T>.Default.Equals(item, default))
                    continue;
                editor.Values[count] = item;
                if (!source.IsDense)
                    editor.Indices[count] = slot;
                count++;
            }
            value = source.IsDense ? editor.Commit() : editor.CommitTruncated(count);
        });
    }

    private void Learn(IDataView input, DataViewSchema.Column[] inputs, MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot)
    {
        using IChannel channel = Host.Start("Computing Statistics");
        using DataViewRowCursor cursor = input.GetRowCursor(inputs.Distinct());
        var learners = new ReplacementLearner[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            bool isVariable = inputs[i].Type is VectorDataViewType { IsKnownSize: false };
            if (isVariable && bySlot)
                channel.Warning(MessageSensitivity.None, "By-slot imputation can not be done on variable-length column");
            learners[i] = new ReplacementLearner(cursor, inputs[i], mode, bySlot && !isVariable);
        }
        while (cursor.MoveNext())
            Array.ForEach(learners, learner => learner.Learn());
        for (int i = 0; i < inputs.Length; i++)
            _replacements[i] = learners[i].Finish(channel);
    }
}

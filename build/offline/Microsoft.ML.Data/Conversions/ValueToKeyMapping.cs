using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("Term Transform", typeof(ValueToKeyMappingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Term Transform", ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptions[] columns, IDataView keyData)
    {
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        _host.CheckNonEmpty(columns, nameof(columns));
        _host.CheckParam(keyData == null || keyData.Schema.Count == 1, nameof(keyData), "If specified, this data view should contain only a single column "
            + $"containing the terms to map, but this had {keyData?.Schema.Count} columns.");
        _columns = columns;
        _keyData = keyData;
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input) => new(_host, input, _columns, _keyData);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        return _columns.Aggregate(_host.CheckRef(inputSchema, nameof(inputSchema)), (shape, column) =>
        {
            SchemaShape.Column input = inputSchema.FindInput(_host, column.InputColumnName);
            if (!input.ItemType.IsStandardScalar())
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.InputColumnName);
            if (!input.IsKey || !input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values)
                || values.Kind != SchemaShape.Column.VectorKind.Vector)
            {
                values = new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector,
                    column.AsText ? TextDataViewType.Instance : input.ItemType, input.IsKey, null);
            }
            IEnumerable<SchemaShape.Column> annotations = input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out SchemaShape.Column names)
                ? [names, values] : [values];
            return shape.With(new SchemaShape.Column(column.OutputColumnName, input.Kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations)));
        });
    }

    internal sealed class ColumnOptions
    {
        public readonly string OutputColumnName;
        public readonly string InputColumnName;
        public readonly int MaximumNumberOfKeys;
        public readonly KeyOrdinality Ordinality;
        public readonly bool AsText;

        public ColumnOptions(string outputColumnName, string inputColumnName, int maximumNumberOfKeys, KeyOrdinality ordinality, bool asText)
        {
            OutputColumnName = Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
            InputColumnName = inputColumnName ?? outputColumnName;
            MaximumNumberOfKeys = maximumNumberOfKeys;
            Ordinality = ordinality;
            AsText = asText;
        }
    }
}

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TermTransform";
    private const string ManagerSignature = "TermManager";
    private const string Registration = "Term";
    private const string Vocabulary = "Vocabulary";

    private readonly KeyMap[] _maps;
    private readonly bool[] _asText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, IDataView input, ValueToKeyMappingEstimator.ColumnOptions[] columns, IDataView keyData)
        : base(env.Register(Registration), columns.Select(column => (column.OutputColumnName, column.InputColumnName)).ToArray())
    {
        _asText = columns.Select(column => column.AsText).ToArray();
        using IChannel channel = Host.Start("Training");
        DataViewSchema.Column[] inputs = columns.Select(column => input.Schema.GetColumnOrNull(column.InputColumnName)
            ?? throw Host.ExceptSchemaMismatch("inputSchema", "input", column.InputColumnName)).ToArray();
        for (int i = 0; i < inputs.Length; i++)
            CheckType(inputs[i]);
        _maps = inputs.Select(column => KeyMap.Create((PrimitiveDataViewType)column.Type.GetItemType())).ToArray();
        if (keyData != null)
            LearnFromKeyData(channel, keyData, columns);
        else
            Learn(channel, input, inputs, columns);
        for (int i = 0; i < _maps.Length; i++)
        {
            if (columns[i].Ordinality == ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
                _maps[i].Sort();
        }
    }

    private ValueToKeyMappingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _asText = ColumnPairs.Select(_ => ctx.Reader.ReadBoolean()).ToArray();
        _maps = new KeyMap[ColumnPairs.Length];
        bool found = ctx.TryProcessSubModel(Vocabulary, sub =>
        {
            sub.CheckAtModel(ManagerVersion);
            host.CheckDecode(sub.Reader.ReadInt32() == _maps.Length);
            for (int i = 0; i < _maps.Length; i++)
                _maps[i] = KeyMap.Load(sub);
        });
        if (!found)
            throw host.ExceptDecode($"Missing {Vocabulary} model");
    }

    private static VersionInfo Version
        => new("TERMTRNF", 0x00010003, 0x00010003, 0x00010003, typeof(ValueToKeyMappingTransformer).Assembly.FullName, LoaderSignature);

    private static VersionInfo ManagerVersion
        => new("TERM MAN", 0x00010003, 0x00010003, 0x00010003, typeof(ValueToKeyMappingTransformer).Assembly.FullName, ManagerSignature);

    private static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new ValueToKeyMappingTransformer(env.Register(Registration), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        foreach (bool asText in _asText)
            ctx.Writer.Write(asText);
        ctx.SaveSubModel(Vocabulary, sub =>
        {
            sub.CheckAtModel();
            sub.SetVersionInfo(ManagerVersion);
            sub.Writer.Write(_maps.Length);
            foreach (KeyMap map in _maps)
                map.Save(sub);
            sub.SaveTextStream("Terms.txt", writer => Array.ForEach(_maps, map => map.WriteText(writer)));
        });
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        KeyMap map = _maps[pair];
        CheckType(input);
        if (!map.ItemType.Equals(input.Type.GetItemType()))
        {
            throw Host.Except($"Could not apply a map over type '{map.ItemType}' to column '{ColumnPairs[pair].outputColumnName}' "
                + $"since it has type '{input.Type.GetItemType()}'");
        }
        var builder = new DataViewSchema.Annotations.Builder();
        map.AddKeyValues(builder, input, _asText[pair]);
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new ColumnMapping(input.Type is VectorDataViewType vector ? new VectorDataViewType(map.OutputType, vector.Dimensions) : map.OutputType,
            builder.ToAnnotations(), row => map.MakeGetter(row, input));
    }

    private void CheckType(DataViewSchema.Column input)
    {
        DataViewType item = input.Type.GetItemType();
        if (item is not KeyDataViewType && !item.IsStandardScalar())
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "standard type or a vector of standard type", input.Type.ToString());
    }

    private void LearnFromKeyData(IChannel channel, IDataView keyData, ValueToKeyMappingEstimator.ColumnOptions[] columns)
    {
        DataViewSchema.Column column = keyData.Schema[0];
        foreach (KeyMap map in _maps)
        {
            if (!column.Type.Equals(map.ItemType))
                throw channel.ExceptUserArg(nameof(keyData), $"Input data's column must be of type '{map.ItemType}' but was '{column.Type}'");
            using DataViewRowCursor cursor = keyData.GetRowCursor([column]);
            Func<bool> learn = map.MakeLearner(cursor, column, int.MaxValue);
            while (cursor.MoveNext() && learn())
                continue;
        }
        if (_maps[0].Count == 0)
            channel.Warning(MessageSensitivity.None, "Map from the term data resulted in an empty map.");
    }

    private void Learn(IChannel channel, IDataView input, DataViewSchema.Column[] inputs, ValueToKeyMappingEstimator.ColumnOptions[] columns)
    {
        foreach (ValueToKeyMappingEstimator.ColumnOptions column in columns)
            channel.CheckUserArg(column.MaximumNumberOfKeys > 0, "MaxNumTerms", "Must be positive");
        using (DataViewRowCursor cursor = input.GetRowCursor(inputs.Distinct()))
        {
            List<Func<bool>> learners = inputs.Select((column, i) => _maps[i].MakeLearner(cursor, column, columns[i].MaximumNumberOfKeys)).ToList();
            while (learners.Count > 0 && cursor.MoveNext())
                learners.RemoveAll(learn => !learn());
        }
        for (int i = 0; i < _maps.Length; i++)
        {
            if (_maps[i].Count == 0)
                channel.Warning(MessageSensitivity.None, $"Term map for output column '{columns[i].OutputColumnName}' contains no entries.");
        }
    }
}

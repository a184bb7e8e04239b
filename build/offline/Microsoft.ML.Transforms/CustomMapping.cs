using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Microsoft.ML.LoadableClass("", typeof(Microsoft.ML.ITransformer), typeof(CustomMappingLoader), null, typeof(Microsoft.ML.SignatureLoadModel), "", CustomMappingLoader.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>A mapping is saved as the name of its contract and the assembly where a factory for the contract is found.</summary>
internal static class CustomMappingLoader
{
    public const string LoaderSignature = "CustomTransformer";

    private static VersionInfo Version => new("CUSTOMXF", 0x00010002, 0x00010002, 0x00010002, typeof(CustomMappingLoader).Assembly.FullName, LoaderSignature);

    public static void Save(ModelSaveContext ctx, string contractName, string contractAssembly)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        ctx.SaveString(contractName);
        ctx.SaveString(contractAssembly);
    }

    private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        string contractName = ctx.LoadString();
        env.ComponentCatalog.RegisterAssembly(Assembly.Load(ctx.LoadString()));
        object factory = env.ComponentCatalog.GetExtensionValue(env, typeof(CustomMappingFactoryAttributeAttribute), contractName);
        return factory is ICustomMappingFactory mapping
            ? mapping.CreateTransformer(env, contractName)
            : throw env.Except($"The class with contract '{contractName}' must derive from '{typeof(CustomMappingFactory<,>).FullName}'.");
    }
}

public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName, SchemaDefinition inputDefinition, SchemaDefinition outputDefinition)
        : base(env.Register("CustomMappingEstimator"), new CustomMappingTransformer<TSrc, TDst>(env, mapAction, contractName, inputDefinition, outputDefinition))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        InternalSchemaDefinition wanted = InternalSchemaDefinition.Create(typeof(TSrc), Transformer.InputDefinition, SchemaDefinition.Direction.Read);
        foreach (SchemaShape.Column column in SchemaShape.Create(wanted.ToSchema()))
        {
            SchemaShape.Column input = inputSchema.FindInput(null, column.Name);
            bool fits = column.Kind == input.Kind || (column.Kind != SchemaShape.Column.VectorKind.Scalar && input.Kind != SchemaShape.Column.VectorKind.Scalar);
            if (!fits || column.IsKey != input.IsKey || !column.ItemType.Equals(input.ItemType))
                throw Contracts.ExceptSchemaMismatch(null, nameof(inputSchema), "input", column.Name, column.GetTypeString(), input.GetTypeString());
        }
        return inputSchema.With(SchemaShape.Create(Transformer.Added.ToSchema()));
    }
}

public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    internal readonly InternalSchemaDefinition Added;
    internal readonly SchemaDefinition InputDefinition;
    private readonly IHost _host;
    private readonly Action<TSrc, TDst> _mapAction;
    private readonly string _contractName;
    private readonly SchemaDefinition _outputDefinition;

    internal CustomMappingTransformer(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName, SchemaDefinition inputDefinition, SchemaDefinition outputDefinition)
    {
        _host = env.Register("CustomMappingTransformer");
        _host.CheckValue(mapAction, nameof(mapAction));
        _mapAction = mapAction;
        _contractName = contractName;
        InputDefinition = inputDefinition;
        _outputDefinition = outputDefinition ?? SchemaDefinition.Create(typeof(TDst), SchemaDefinition.Direction.Write);
        Added = InternalSchemaDefinition.Create(typeof(TDst), _outputDefinition, SchemaDefinition.Direction.Write);
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new RowToRowMapperTransform(_host, input, Bind(input.Schema, nameof(input)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        _host.Check(_contractName != null, "Empty contract name for a transform: the transform cannot be saved");
        CustomMappingLoader.Save(ctx, _contractName, _mapAction.Method.DeclaringType.Assembly.FullName);
    }

    private RowToRowMapper Bind(DataViewSchema schema, string name)
    {
        _host.CheckValue(schema, name);
        return new RowToRowMapper(_host, schema, new Mapper(this, schema));
    }

    private sealed class Mapper : IRowMapper
    {
        private readonly CustomMappingTransformer<TSrc, TDst> _parent;
        private readonly TypedRows<TSrc> _source;

        public Mapper(CustomMappingTransformer<TSrc, TDst> parent, DataViewSchema schema)
        {
            _parent = parent;
            _source = new TypedRows<TSrc>(parent._host, schema, false, parent.InputDefinition);
        }

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
            => _parent.Added.ToSchema().Select(column => new DataViewSchema.DetachedColumn(column)).ToArray();

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        {
            bool any = Enumerable.Range(0, _parent.Added.Columns.Length).Any(activeOutput);
            HashSet<int> needed = any ? _source.Columns.Select(column => column.Index).ToHashSet() : [];
            return needed.Contains;
        }

        // The action runs once a row, however many of its outputs are asked for.
        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            var result = new Delegate[_parent.Added.Columns.Length];
            if (!Enumerable.Range(0, result.Length).Any(activeOutput))
                return result;
            Action<TSrc> fill = _source.MakeFiller(input);
            var output = new DataViewConstructionUtils.InputRow<TDst>(_parent._host, _parent._outputDefinition);
            var source = new TSrc();
            var target = new TDst();
            long served = -1;
            void Refresh()
            {
                if (served == input.Position)
                    return;
                fill(source);
                _parent._mapAction(source, target);
                output.ExtractValues(target);
                served = input.Position;
            }
            for (int i = 0; i < result.Length; i++)
            {
                if (activeOutput(i))
                    result[i] = Generic.Call(MakeGetter<int>, output.Schema[i].Type.RawType, (DataViewRow)output, output.Schema[i], (Action)Refresh);
            }
            return result;
        }

        private static Delegate MakeGetter<T>(DataViewRow output, DataViewSchema.Column column, Action refresh)
        {
            ValueGetter<T> getter = output.GetGetter<T>(column);
            return (ValueGetter<T>)((ref T value) =>
            {
                refresh();
                getter(ref value);
            });
        }
    }
}

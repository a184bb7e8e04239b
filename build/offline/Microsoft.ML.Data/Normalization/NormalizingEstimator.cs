using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;

    internal NormalizingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
    {
        _host = env.Register(nameof(NormalizingEstimator));
        _columns = columns;
    }

    internal enum Method
    {
        MinMax,
        MeanVariance,
        MeanVarianceCdf,
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return NormalizingTransformer.Train(_host, input, _columns);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        return _columns.Aggregate(_host.CheckRef(inputSchema, nameof(inputSchema)), (shape, options) =>
        {
            SchemaShape.Column input = inputSchema.FindInput(_host, options.InputColumnName);
            if (input.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "known-size vector or scalar", input.GetTypeString());
            if (!input.ItemType.Equals(NumberDataViewType.Single) && !input.ItemType.Equals(NumberDataViewType.Double))
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "vector or scalar of Single or Double", input.GetTypeString());
            var annotations = new List<SchemaShape.Column>
            {
                new(AnnotationUtils.Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false, null),
            };
            if (input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out SchemaShape.Column names))
                annotations.Add(names);
            return shape.With(new SchemaShape.Column(options.Name, input.Kind, input.ItemType, input.IsKey, new SchemaShape(annotations)));
        });
    }

    internal sealed class ColumnOptions
    {
        public readonly string Name;
        public readonly string InputColumnName;
        public readonly long MaximumExampleCount;
        public readonly bool FixZero;
        public readonly Method Method;

        public ColumnOptions(string name, string inputColumnName, long maximumExampleCount, bool fixZero, Method method)
        {
            Name = Contracts.CheckNonEmpty(name, nameof(name));
            InputColumnName = inputColumnName ?? name;
            Contracts.CheckParam(maximumExampleCount > 1, nameof(maximumExampleCount), "Must be greater than 1");
            MaximumExampleCount = maximumExampleCount;
            FixZero = fixZero;
            Method = method;
        }
    }
}

using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: Microsoft.ML.LoadableClass("", typeof(ColumnConcatenatingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Concat Transform", ColumnConcatenatingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms
{
    using VectorKind = SchemaShape.Column.VectorKind;

    public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
    {
        private readonly IHost _host;
        private readonly string _name;
        private readonly string[] _inputs;

        internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        {
            _host = env.Register(nameof(ColumnConcatenatingEstimator));
            _host.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            _host.CheckValue(inputColumnNames, nameof(inputColumnNames));
            _host.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
            _host.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
            _name = outputColumnName;
            _inputs = inputColumnNames;
        }

        public ColumnConcatenatingTransformer Fit(IDataView input)
        {
            _host.CheckValue(input, nameof(input));
            return new ColumnConcatenatingTransformer(_host, _name, _inputs);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            _host.CheckValue(inputSchema, nameof(inputSchema));
            SchemaShape.Column[] inputs = _inputs.Select(name => inputSchema.FindInput(_host, name)).ToArray();
            DataViewType itemType = inputs[0].ItemType;
            foreach (SchemaShape.Column input in inputs)
            {
                _host.Check(!input.IsKey, $"Column '{input.Name}' is key. Concatenation of keys is unsupported.");
                _host.Check(input.ItemType.Equals(itemType), $"Concatenated columns should have the same type. Column '{input.Name}' "
                    + $"has type of {input.ItemType}, but expected column type is {itemType}.");
            }
            var annotations = new List<SchemaShape.Column>();
            if (inputs.All(input => Has(input, AnnotationUtils.Kinds.IsNormalized)))
                annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.IsNormalized, VectorKind.Scalar, BooleanDataViewType.Instance, false));
            if (inputs.Any(input => input.Kind == VectorKind.Scalar || Has(input, AnnotationUtils.Kinds.SlotNames)))
                annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.SlotNames, VectorKind.Vector, TextDataViewType.Instance, false));
            VectorKind kind = inputs.Any(input => input.Kind == VectorKind.VariableVector) ? VectorKind.VariableVector : VectorKind.Vector;
            return inputSchema.With(new SchemaShape.Column(_name, kind, itemType, false, new SchemaShape(annotations)));
        }

        private static bool Has(SchemaShape.Column column, string kind) => column.Annotations.TryFindColumn(kind, out _);
    }
}

namespace Microsoft.ML.Data
{
    public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
    {
        internal const string LoaderSignature = "ConcatTransform";
        private const string LoaderSignatureOld = "ConcatFunction";

        private readonly (string Output, string[] Inputs)[] _columns;

        internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
            : base(env.Register(nameof(ColumnConcatenatingTransformer)))
        {
            _columns = [(outputColumnName, inputColumnNames)];
        }

        private ColumnConcatenatingTransformer(IHost host, ModelLoadContext ctx)
            : base(host)
        {
            _columns = new (string, string[])[ctx.Reader.ReadInt32()];
            for (int i = 0; i < _columns.Length; i++)
            {
                string output = ctx.LoadNonEmptyString();
                string[] inputs = new string[ctx.Reader.ReadInt32()];
                for (int j = 0; j < inputs.Length; j++)
                {
                    inputs[j] = ctx.LoadNonEmptyString();
                    ctx.LoadStringOrNull();
                }
                _columns[i] = (output, inputs);
            }
        }

        private static VersionInfo Version => new("CONCAT F", 0x00010003, 0x00010003, 0x00010001,
            typeof(ColumnConcatenatingTransformer).Assembly.FullName, LoaderSignature, LoaderSignatureOld);

        private static ColumnConcatenatingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            ctx.CheckAtModel(Version);
            return new ColumnConcatenatingTransformer(env.Register(nameof(ColumnConcatenatingTransformer)), ctx);
        }

        // ML.NET can give each source another name for its slots; no public method sets one, so a null stands in its place.
        private protected override void SaveModel(ModelSaveContext ctx)
        {
            ctx.CheckAtModel();
            ctx.SetVersionInfo(Version);
            ctx.Writer.Write(_columns.Length);
            foreach ((string output, string[] inputs) in _columns)
            {
                ctx.SaveNonEmptyString(output);
                ctx.Writer.Write(inputs.Length);
                foreach (string input in inputs)
                {
                    ctx.SaveNonEmptyString(input);
                    ctx.SaveStringOrNull(null);
                }
            }
        }

        private protected override IRowMapper MakeRowMapper(DataViewSchema schema)
            => new ColumnsMapper(_columns.Select(column => MakeColumn(schema, column.Output, column.Inputs)).ToArray());

        private OutputColumn MakeColumn(DataViewSchema inputSchema, string output, string[] names)
        {
            DataViewSchema.Column[] inputs = names.Select(name
                => inputSchema.GetColumnOrNull(name) ?? throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name)).ToArray();
            DataViewType itemType = inputs[0].Type.GetItemType();
            foreach (DataViewSchema.Column input in inputs)
            {
                if (!input.Type.GetItemType().Equals(itemType))
                    throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, itemType.ToString(), input.Type.ToString());
            }
            int[] indices = inputs.Select(input => input.Index).ToArray();
            if (inputs is [{ Type: VectorDataViewType } single])
            {
                return new OutputColumn(new DataViewSchema.DetachedColumn(output, single.Type, single.Annotations), indices,
                    row => row.GetGetterAsDelegate(single));
            }
            int size = inputs.Any(input => input.Type.GetValueCount() == 0) ? 0 : inputs.Sum(input => input.Type.GetValueCount());
            var type = new VectorDataViewType((PrimitiveDataViewType)itemType, size);
            return new OutputColumn(new DataViewSchema.DetachedColumn(output, type, MakeAnnotations(inputs, itemType, size)), indices,
                row => Generic.Call(MakeGetter<int>, itemType.RawType, row, inputs));
        }

        private static DataViewSchema.Annotations MakeAnnotations(DataViewSchema.Column[] inputs, DataViewType itemType, int size)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            if (itemType is NumberDataViewType && inputs.All(input => input.IsNormalized()))
                builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
            if (size > 0 && inputs.Any(input => input.Type is not VectorDataViewType || input.HasSlotNames(input.Type.GetVectorSize())))
            {
                var names = new VBuffer<ReadOnlyMemory<char>>(size, inputs.SelectMany(SlotNames).ToArray());
                builder.AddSlotNames(size, (ref VBuffer<ReadOnlyMemory<char>> destination) => names.CopyTo(ref destination));
            }
            return builder.ToAnnotations();
        }

        private static IEnumerable<ReadOnlyMemory<char>> SlotNames(DataViewSchema.Column input)
        {
            if (input.Type is not VectorDataViewType vector)
                return [input.Name.AsMemory()];
            if (!input.HasSlotNames(vector.Size))
                return new ReadOnlyMemory<char>[vector.Size];
            VBuffer<ReadOnlyMemory<char>> names = default;
            input.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref names);
            return names.DenseValues().Select(name => name.IsEmpty ? name : $"{input.Name}.{name}".AsMemory());
        }

        private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column[] inputs)
        {
            ValueGetter<VBuffer<T>>[] getters = inputs.Select(input => MakeVectorGetter<T>(row, input)).ToArray();
            var parts = new VBuffer<T>[inputs.Length];
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
            {
                int length = 0;
                int count = 0;
                for (int i = 0; i < parts.Length; i++)
                {
                    getters[i](ref parts[i]);
                    length += parts[i].Length;
                    count += parts[i].GetValues().Length;
                }
                if (count > length / 2)
                    count = length;
                VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length, count);
                int offset = 0;
                int filled = 0;
                foreach (VBuffer<T> part in parts)
                {
                    if (count == length)
                        part.CopyTo(editor.Values, offset);
                    for (int i = 0; count < length && i < part.GetValues().Length; i++, filled++)
                    {
                        editor.Values[filled] = part.GetValues()[i];
                        editor.Indices[filled] = offset + (part.IsDense ? i : part.GetIndices()[i]);
                    }
                    offset += part.Length;
                }
                destination = editor.Commit();
            });
        }

        private static ValueGetter<VBuffer<T>> MakeVectorGetter<T>(DataViewRow row, DataViewSchema.Column input)
        {
            int size = input.Type.GetVectorSize();
            if (input.Type is VectorDataViewType)
            {
                ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(input);
                return (ref VBuffer<T> destination) =>
                {
                    vector(ref destination);
                    if (size != 0 && destination.Length != size)
                    {
                        throw Contracts.Except($"Column '{input.Name}': expected {size} slots, but got {destination.Length}")
                            .MarkSensitive(MessageSensitivity.Schema);
                    }
                };
            }
            ValueGetter<T> scalar = row.GetGetter<T>(input);
            return (ref VBuffer<T> destination) =>
            {
                VBufferEditor<T> editor = VBufferEditor.Create(ref destination, 1);
                scalar(ref editor.Values[0]);
                destination = editor.Commit();
            };
        }
    }
}

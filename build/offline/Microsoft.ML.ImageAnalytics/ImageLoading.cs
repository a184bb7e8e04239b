using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: Microsoft.ML.LoadableClass("Load images from files.", typeof(ImageLoadingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Image Loader Transform", ImageLoadingTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

public sealed class ImageLoadingEstimator : TrivialEstimator<ImageLoadingTransformer>
{
    internal ImageLoadingEstimator(IHostEnvironment env, string imageFolder, bool isImage, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ImageLoadingEstimator)), new ImageLoadingTransformer(env, imageFolder, isImage, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        return Transformer.ColumnPairs.Aggregate(Host.CheckRef(inputSchema, nameof(inputSchema)), (shape, pair) =>
        {
            SchemaShape.Column input = inputSchema.FindInput(Host, pair.inputColumnName);
            if (input.ItemType is not TextDataViewType || input.Kind != SchemaShape.Column.VectorKind.Scalar)
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, TextDataViewType.Instance.ToString(), input.GetTypeString());
            return shape.With(Transformer.IsImage
                ? new SchemaShape.Column(pair.outputColumnName, SchemaShape.Column.VectorKind.Scalar, new ImageDataViewType(), false)
                : new SchemaShape.Column(pair.outputColumnName, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.Byte, false));
        });
    }
}

public sealed class ImageLoadingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageLoaderTransform";

    public readonly string ImageFolder;

    internal readonly bool IsImage;

    internal ImageLoadingTransformer(IHostEnvironment env, string imageFolder, bool isImage, (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ImageLoadingTransformer)), columns)
    {
        if (!string.IsNullOrEmpty(imageFolder))
            ImageFolder = Directory.Exists(imageFolder) ? Path.GetFullPath(imageFolder) : throw new ArgumentException($"Directory \"{imageFolder}\" does not exist.");
        IsImage = isImage;
    }

    private ImageLoadingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        ImageFolder = ctx.LoadStringOrNull();
        IsImage = ctx.Reader.ReadBoolean();
    }

    private static VersionInfo Version => new("IMGLOADR", 0x00010003, 0x00010003, 0x00010003, typeof(ImageLoadingTransformer).Assembly.FullName, LoaderSignature);

    private static ImageLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new ImageLoadingTransformer(env.Register(nameof(ImageLoadingTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        ctx.SaveStringOrNull(ImageFolder);
        ctx.Writer.Write(IsImage);
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not TextDataViewType)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, TextDataViewType.Instance.ToString(), input.Type.ToString());
        return IsImage
            ? new ColumnMapping(new ImageDataViewType(), null, row => (ValueGetter<MLImage>)new ImageGetter(this, row.GetGetter<ReadOnlyMemory<char>>(input)).Get)
            : new ColumnMapping(new VectorDataViewType(NumberDataViewType.Byte), null, row => BytesGetter(row.GetGetter<ReadOnlyMemory<char>>(input)));
    }

    private string PathOrNull(ValueGetter<ReadOnlyMemory<char>> source)
    {
        ReadOnlyMemory<char> text = default;
        source(ref text);
        return text.Length == 0 ? null : ImageFolder == null ? text.ToString() : Path.Combine(ImageFolder, text.ToString());
    }

    private ValueGetter<VBuffer<byte>> BytesGetter(ValueGetter<ReadOnlyMemory<char>> source)
    {
        return (ref VBuffer<byte> target) =>
        {
            byte[] bytes = PathOrNull(source) is { } path ? File.ReadAllBytes(path) : [];
            target = new VBuffer<byte>(bytes.Length, bytes);
        };
    }

    /// <summary>Keeps the last image: it is disposed with the cursor, the ones before when the caller's variable is filled again.</summary>
    private sealed class ImageGetter(ImageLoadingTransformer parent, ValueGetter<ReadOnlyMemory<char>> source) : IGetterState
    {
        private MLImage _last;

        public void Get(ref MLImage target)
        {
            target?.Dispose();
            target = null;
            if (parent.PathOrNull(source) is { } path)
            {
                target = MLImage.CreateFromStream(new MemoryStream(File.ReadAllBytes(path)));
                target.Tag = path;
            }
            _last = target;
        }

        public void Dispose()
        {
            _last?.Dispose();
            _last = null;
        }
    }
}

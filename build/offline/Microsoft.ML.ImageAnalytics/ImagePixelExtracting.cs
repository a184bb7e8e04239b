using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: Microsoft.ML.LoadableClass("Extract color plane(s) from an image.", typeof(ImagePixelExtractingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Image Pixel Extractor Transform", ImagePixelExtractingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class ImagePixelExtractingEstimator : TrivialEstimator<ImagePixelExtractingTransformer>
{
    internal ImagePixelExtractingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, PixelExtraction pixels)
        : base(env.Register(nameof(ImagePixelExtractingEstimator)), new ImagePixelExtractingTransformer(env, outputColumnName, inputColumnName, pixels))
    {
    }

    [Flags]
    public enum ColorBits : byte
    {
        Alpha = 1,
        Red = 2,
        Green = 4,
        Blue = 8,
        Rgb = Red | Green | Blue,
        All = Alpha | Rgb,
    }

    public enum ColorsOrder : byte
    {
        ARGB = 1,
        ARBG = 2,
        ABRG = 3,
        ABGR = 4,
        AGRB = 5,
        AGBR = 6,
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        (string output, string name) = Transformer.ColumnPairs[0];
        SchemaShape.Column input = inputSchema.FindInput(Host, name);
        if (input.ItemType is not ImageDataViewType || input.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, new ImageDataViewType().ToString(), input.GetTypeString());
        return inputSchema.With(new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Vector, Transformer.Pixels.ItemType, false));
    }
}

public sealed class ImagePixelExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImagePixelExtractor";

    internal readonly PixelExtraction Pixels;

    internal ImagePixelExtractingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, PixelExtraction pixels)
        : base(env.Register(LoaderSignature), (outputColumnName, inputColumnName))
    {
        Pixels = pixels;
    }

    private ImagePixelExtractingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        Host.CheckDecode(ColumnPairs.Length == 1);
        Pixels = PixelExtraction.Read(ctx.Reader);
    }

    private static VersionInfo Version => new("IMGPXEXT", 0x00010003, 0x00010002, 0x00010002, typeof(ImagePixelExtractingTransformer).Assembly.FullName, LoaderSignature);

    private static ImagePixelExtractingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new ImagePixelExtractingTransformer(env.Register(LoaderSignature), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        Pixels.Write(ctx.Writer);
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not ImageDataViewType image)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "image", input.Type.ToString());
        if (image.Height <= 0 || image.Width <= 0)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "known-size image", "unknown-size image");
        VectorDataViewType type = Pixels.TypeFor(image);
        return new ColumnMapping(type, null, row =>
        {
            var state = new Getter(this, image, type.Size, row.GetGetter<MLImage>(input));
            return Pixels.IsFloat ? (ValueGetter<VBuffer<float>>)state.GetFloats : (ValueGetter<VBuffer<byte>>)state.GetBytes;
        });
    }

    /// <summary>Holds the image it read last and disposes it with the cursor.</summary>
    private sealed class Getter(ImagePixelExtractingTransformer parent, ImageDataViewType type, int size, ValueGetter<MLImage> getSource) : IGetterState
    {
        private MLImage _source;

        public void GetFloats(ref VBuffer<float> target)
        {
            PixelExtraction pixels = parent.Pixels;
            Fill(ref target, value => (value - pixels.Offset) * pixels.Scale);
        }

        public void GetBytes(ref VBuffer<byte> target) => Fill(ref target, value => value);

        public void Dispose()
        {
            _source?.Dispose();
            _source = null;
        }

        private void Fill<T>(ref VBuffer<T> target, Func<byte, T> convert)
        {
            getSource(ref _source);
            if (_source == null)
            {
                target = new VBuffer<T>(size, 0, target.GetValues().ToArray(), target.GetIndices().ToArray());
                return;
            }
            parent.Host.Check(_source.Height == type.Height && _source.Width == type.Width);
            VBufferEditor<T> editor = VBufferEditor.Create(ref target, size);
            parent.Pixels.Extract(_source, editor.Values, convert);
            target = editor.Commit();
        }
    }
}

/// <summary>Which colours of the pixels are taken, in which order, layout and scale.</summary>
internal sealed class PixelExtraction
{
    public readonly bool IsFloat;
    public readonly float Offset;
    public readonly float Scale;
    private readonly ImagePixelExtractingEstimator.ColorBits _colors;
    private readonly ImagePixelExtractingEstimator.ColorsOrder _order;
    private readonly bool _interleaved;

    public PixelExtraction(
        ImagePixelExtractingEstimator.ColorBits colorsToExtract,
        ImagePixelExtractingEstimator.ColorsOrder orderOfExtraction,
        bool outputAsFloatArray,
        float offsetImage,
        float scaleImage,
        bool interleavePixelColors)
    {
        Contracts.CheckParam(ColorPlanes.Count(colorsToExtract) > 0, nameof(colorsToExtract), "Need to use at least one color plane.");
        _colors = colorsToExtract;
        _order = orderOfExtraction;
        _interleaved = interleavePixelColors;
        IsFloat = outputAsFloatArray;
        Offset = outputAsFloatArray ? offsetImage : 0;
        Scale = outputAsFloatArray ? scaleImage : 1;
        Contracts.CheckParam(float.IsFinite(Offset), nameof(offsetImage));
        Contracts.CheckParam(float.IsFinite(Scale) && Scale != 0, nameof(scaleImage));
    }

    public NumberDataViewType ItemType => IsFloat ? NumberDataViewType.Single : NumberDataViewType.Byte;

    public static PixelExtraction Read(BinaryReader reader)
    {
        var colors = (ImagePixelExtractingEstimator.ColorBits)reader.ReadByte();
        var order = (ImagePixelExtractingEstimator.ColorsOrder)reader.ReadByte();
        bool isFloat = reader.ReadBoolean();
        float offset = reader.ReadSingle(), scale = reader.ReadSingle();
        bool interleaved = reader.ReadBoolean();
        Contracts.CheckDecode(colors != 0 && (colors & ImagePixelExtractingEstimator.ColorBits.All) == colors && Enum.IsDefined(order));
        Contracts.CheckDecode(float.IsFinite(offset) && float.IsFinite(scale) && scale != 0);
        return new PixelExtraction(colors, order, isFloat, offset, scale, interleaved);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)_colors);
        writer.Write((byte)_order);
        writer.Write(IsFloat);
        writer.Write(Offset);
        writer.Write(Scale);
        writer.Write(_interleaved);
    }

    public VectorDataViewType TypeFor(ImageDataViewType image)
    {
        int planes = ColorPlanes.Count(_colors);
        return _interleaved
            ? new VectorDataViewType(ItemType, image.Height, image.Width, planes)
            : new VectorDataViewType(ItemType, planes, image.Height, image.Width);
    }

    public void Extract<T>(MLImage image, Span<T> target, Func<byte, T> convert)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        (int red, int green, int blue) = image.ColorIndices;
        int[] places = [blue, green, red, 3];
        int[] planes = ColorPlanes.InBgra(_order, _colors);
        var values = new T[256];
        for (int i = 0; i < values.Length; i++)
            values[i] = convert((byte)i);
        int count = pixels.Length / 4;
        for (int plane = 0; plane < planes.Length; plane++)
        {
            int to = _interleaved ? plane : plane * count;
            int step = _interleaved ? planes.Length : 1;
            for (int from = places[planes[plane]]; from < pixels.Length; from += 4, to += step)
                target[to] = values[pixels[from]];
        }
    }
}

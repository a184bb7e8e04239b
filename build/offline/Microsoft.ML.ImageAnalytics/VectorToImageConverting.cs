using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: Microsoft.ML.LoadableClass("Converts vector array into image type.", typeof(VectorToImageConvertingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Vector To Image Transform", VectorToImageConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class VectorToImageConvertingEstimator : TrivialEstimator<VectorToImageConvertingTransformer>
{
    internal VectorToImageConvertingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, ImageAssembly image)
        : base(env.Register(nameof(VectorToImageConvertingEstimator)), new VectorToImageConvertingTransformer(env, outputColumnName, inputColumnName, image))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        (string output, string name) = Transformer.ColumnPairs[0];
        SchemaShape.Column input = inputSchema.FindInput(Host, name);
        bool isNumber = input.ItemType == NumberDataViewType.Single || input.ItemType == NumberDataViewType.Double || input.ItemType == NumberDataViewType.Byte;
        if (input.Kind != SchemaShape.Column.VectorKind.Vector || !isNumber)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, "known-size vector of type Single, Double or Byte", input.GetTypeString());
        return inputSchema.With(new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Scalar, Transformer.Image.Type, false));
    }
}

public sealed class VectorToImageConvertingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "VectorToImageConverter";

    internal readonly ImageAssembly Image;

    internal VectorToImageConvertingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, ImageAssembly image)
        : base(env.Register(LoaderSignature), (outputColumnName, inputColumnName))
    {
        Image = image;
    }

    private VectorToImageConvertingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        Host.CheckDecode(ColumnPairs.Length == 1);
        Image = ImageAssembly.Read(ctx.Reader);
    }

    private static VersionInfo Version => new("VECTOIMG", 0x00010003, 0x00010002, 0x00010003, typeof(VectorToImageConvertingTransformer).Assembly.FullName, LoaderSignature);

    private static VectorToImageConvertingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new VectorToImageConvertingTransformer(env.Register(LoaderSignature), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        Image.Write(ctx.Writer);
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType vector)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "image", input.Type.ToString());
        if (vector.Size != Image.ValueCount)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, Image.VectorOf(vector.ItemType).ToString(), vector.ToString());
        return new ColumnMapping(Image.Type, null, row => vector.ItemType switch
        {
            NumberDataViewType item when item == NumberDataViewType.Single => Getter(row.GetGetter<VBuffer<float>>(input), value => value, isScaled: true),
            NumberDataViewType item when item == NumberDataViewType.Double => Getter(row.GetGetter<VBuffer<double>>(input), value => (float)value, isScaled: true),
            NumberDataViewType item when item == NumberDataViewType.Byte => Getter(row.GetGetter<VBuffer<byte>>(input), value => value, isScaled: false),
            _ => throw Contracts.Except("We only support float, double or byte arrays"),
        });
    }

    private ValueGetter<MLImage> Getter<T>(ValueGetter<VBuffer<T>> getSource, Func<T, float> convert, bool isScaled)
    {
        VBuffer<T> source = default;
        return (ref MLImage target) =>
        {
            getSource(ref source);
            target = null;
            if (source.GetValues().Length == 0)
                return;
            target = Image.Assemble(source.DenseValues().Select(convert).ToArray(), isScaled);
            target.Tag = nameof(VectorToImageConvertingTransformer);
        };
    }
}

/// <summary>How the values of a vector become the pixels of an image.</summary>
internal sealed class ImageAssembly
{
    public readonly ImageDataViewType Type;
    private readonly ImagePixelExtractingEstimator.ColorBits _colors;
    private readonly ImagePixelExtractingEstimator.ColorsOrder _order;
    private readonly float _offset;
    private readonly float _scale;
    private readonly bool _interleaved;

    public ImageAssembly(
        ImagePixelExtractingEstimator.ColorBits colorsPresent,
        ImagePixelExtractingEstimator.ColorsOrder orderOfColors,
        int imageWidth,
        int imageHeight,
        float offsetImage,
        float scaleImage,
        bool interleavedColors)
    {
        Contracts.CheckParam(ColorPlanes.Count(colorsPresent) > 0, nameof(colorsPresent), "Need to use at least one color plane");
        Contracts.CheckParam(imageWidth > 0, nameof(imageWidth), "Image width must be greater than zero");
        Contracts.CheckParam(imageHeight > 0, nameof(imageHeight), "Image height must be greater than zero");
        Contracts.CheckParam(float.IsFinite(offsetImage), nameof(offsetImage));
        Contracts.CheckParam(float.IsFinite(scaleImage) && scaleImage != 0, nameof(scaleImage));
        Type = new ImageDataViewType(imageHeight, imageWidth);
        _colors = colorsPresent;
        _order = orderOfColors;
        _offset = offsetImage;
        _scale = scaleImage;
        _interleaved = interleavedColors;
    }

    public int ValueCount => Type.Height * Type.Width * ColorPlanes.Count(_colors);

    public VectorDataViewType VectorOf(PrimitiveDataViewType itemType) => new(itemType, Type.Height, Type.Width, ColorPlanes.Count(_colors));

    public static ImageAssembly Read(BinaryReader reader)
    {
        var colors = (ImagePixelExtractingEstimator.ColorBits)reader.ReadByte();
        var order = (ImagePixelExtractingEstimator.ColorsOrder)reader.ReadByte();
        int width = reader.ReadInt32(), height = reader.ReadInt32();
        float offset = reader.ReadSingle(), scale = reader.ReadSingle();
        bool interleaved = reader.ReadBoolean();
        Contracts.CheckDecode(colors != 0 && (colors & ImagePixelExtractingEstimator.ColorBits.All) == colors && Enum.IsDefined(order));
        Contracts.CheckDecode(width > 0 && height > 0 && float.IsFinite(offset) && float.IsFinite(scale) && scale != 0);
        Contracts.CheckDecode(reader.ReadInt32() == 255 && reader.ReadInt32() == 0 && reader.ReadInt32() == 0 && reader.ReadInt32() == 0);
        return new ImageAssembly(colors, order, width, height, offset, scale, interleaved);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)_colors);
        writer.Write((byte)_order);
        writer.Write(Type.Width);
        writer.Write(Type.Height);
        writer.Write(_offset);
        writer.Write(_scale);
        writer.Write(_interleaved);
        foreach (int absent in new[] { 255, 0, 0, 0 }) // alpha, red, green, blue
            writer.Write(absent);
    }

    public MLImage Assemble(float[] values, bool isScaled)
    {
        isScaled &= _offset != 0 || _scale != 1;
        int[] planes = ColorPlanes.InBgra(_order, _colors);
        bool hasAlpha = planes.Contains(3);
        int count = Type.Width * Type.Height;
        var pixels = new byte[count * 4];
        Span<float> pixel = stackalloc float[4];
        for (int i = 0; i < count; i++)
        {
            (pixel[0], pixel[1], pixel[2], pixel[3]) = (0, 0, 0, 255);
            for (int plane = 0; plane < planes.Length; plane++)
                pixel[planes[plane]] = values[_interleaved ? i * planes.Length + plane : plane * count + i];
            for (int color = 0; color < 4; color++)
                pixels[4 * i + color] = (byte)(!isScaled ? pixel[color] : color == 3 && !hasAlpha ? 0 : Math.Round(pixel[color] * _scale - _offset));
        }
        return MLImage.CreateFromPixels(Type.Width, Type.Height, MLPixelFormat.Bgra32, pixels);
    }
}

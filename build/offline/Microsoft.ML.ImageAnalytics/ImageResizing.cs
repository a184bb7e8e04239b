using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: Microsoft.ML.LoadableClass("Scales an image to specified dimensions.", typeof(ImageResizingTransformer), null, typeof(Microsoft.ML.SignatureLoadModel), "Image Resizer Transform", ImageResizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageResizingEstimator : TrivialEstimator<ImageResizingTransformer>
{
    internal ImageResizingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, ImageResizing resizing)
        : base(env.Register(nameof(ImageResizingEstimator)), new ImageResizingTransformer(env, outputColumnName, inputColumnName, resizing))
    {
    }

    public enum ResizingKind : byte
    {
        IsoPad = 0,
        IsoCrop = 1,
        Fill = 2,
    }

    public enum Anchor : byte
    {
        Right = 0,
        Left = 1,
        Top = 2,
        Bottom = 3,
        Center = 4,
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        (string output, string name) = Transformer.ColumnPairs[0];
        SchemaShape.Column input = inputSchema.FindInput(Host, name);
        if (input.ItemType is not ImageDataViewType || input.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, new ImageDataViewType().ToString(), input.GetTypeString());
        return inputSchema.With(new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Scalar, Transformer.Resizing.Type, false));
    }
}

public sealed class ImageResizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageScalerTransform";
    private const string RegistrationName = "ImageScaler";

    internal readonly ImageResizing Resizing;

    internal ImageResizingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, ImageResizing resizing)
        : base(env.Register(RegistrationName), (outputColumnName, inputColumnName))
    {
        Resizing = resizing;
    }

    private ImageResizingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        Host.CheckDecode(ColumnPairs.Length == 1);
        Resizing = ImageResizing.Read(ctx.Reader);
    }

    private static VersionInfo Version => new("IMGSCALF", 0x00010003, 0x00010003, 0x00010003, typeof(ImageResizingTransformer).Assembly.FullName, LoaderSignature);

    private static ImageResizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new ImageResizingTransformer(env.Register(RegistrationName), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        Resizing.Write(ctx.Writer);
    }

    private protected override ColumnMapping MapColumn(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not ImageDataViewType)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "image", input.Type.ToString());
        return new ColumnMapping(Resizing.Type, null, row => Getter(row.GetGetter<MLImage>(input)));
    }

    private ValueGetter<MLImage> Getter(ValueGetter<MLImage> getSource)
    {
        MLImage source = null;
        return (ref MLImage target) =>
        {
            target?.Dispose();
            getSource(ref source);
            if (source == null)
                return;
            if (source.Width == Resizing.Width && source.Height == Resizing.Height)
            {
                target = source;
                return;
            }
            target = Resizing.Apply(source);
            target.Tag = source.Tag;
        };
    }
}

/// <summary>To which size and how an image is brought.</summary>
internal sealed class ImageResizing
{
    public readonly int Width;
    public readonly int Height;
    public readonly ImageDataViewType Type;
    private readonly ImageResizingEstimator.ResizingKind _kind;
    private readonly ImageResizingEstimator.Anchor _anchor;

    public ImageResizing(int imageWidth, int imageHeight, ImageResizingEstimator.ResizingKind resizing, ImageResizingEstimator.Anchor cropAnchor)
    {
        Contracts.CheckParam(imageWidth > 0, nameof(imageWidth));
        Contracts.CheckParam(imageHeight > 0, nameof(imageHeight));
        Contracts.CheckParam(Enum.IsDefined(resizing), nameof(resizing));
        Contracts.CheckParam(Enum.IsDefined(cropAnchor), nameof(cropAnchor));
        Width = imageWidth;
        Height = imageHeight;
        Type = new ImageDataViewType(imageHeight, imageWidth);
        _kind = resizing;
        _anchor = cropAnchor;
    }

    public static ImageResizing Read(BinaryReader reader)
    {
        int width = reader.ReadInt32(), height = reader.ReadInt32();
        var kind = (ImageResizingEstimator.ResizingKind)reader.ReadByte();
        var anchor = (ImageResizingEstimator.Anchor)reader.ReadByte();
        Contracts.CheckDecode(width > 0 && height > 0 && Enum.IsDefined(kind) && Enum.IsDefined(anchor));
        return new ImageResizing(width, height, kind, anchor);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Width);
        writer.Write(Height);
        writer.Write((byte)_kind);
        writer.Write((byte)_anchor);
    }

    public MLImage Apply(MLImage source)
    {
        if (_kind == ImageResizingEstimator.ResizingKind.Fill)
            return source.Resized(Width, Height, NativeImage.Filter.Nearest);
        float widthRatio = (float)Width / source.Width, heightRatio = (float)Height / source.Height;
        bool isPad = _kind == ImageResizingEstimator.ResizingKind.IsoPad;
        float ratio = isPad == heightRatio < widthRatio ? heightRatio : widthRatio;
        float scaledWidth = source.Width * ratio, scaledHeight = source.Height * ratio;
        bool anchorsHeight = heightRatio < widthRatio;
        int left = (int)Offset(Width - scaledWidth, !isPad && !anchorsHeight, ImageResizingEstimator.Anchor.Left, ImageResizingEstimator.Anchor.Right);
        int top = (int)Offset(Height - scaledHeight, !isPad && anchorsHeight, ImageResizingEstimator.Anchor.Top, ImageResizingEstimator.Anchor.Bottom);
        using MLImage scaled = source.Resized(Math.Max(1, (int)scaledWidth), Math.Max(1, (int)scaledHeight), NativeImage.Filter.Cubic);
        return scaled.Window(-left, -top, Width, Height);
    }

    /// <summary>Where the scaled image starts: an anchor counts only along the side that is cropped.</summary>
    private float Offset(float room, bool isCropped, ImageResizingEstimator.Anchor first, ImageResizingEstimator.Anchor last)
        => isCropped && _anchor == first ? 0 : isCropped && _anchor == last ? room : room / 2;
}

namespace GoldenTests.Worlds;

public static partial class ImagesWorld
{
    private const MLPixelFormat rgba = MLPixelFormat.Rgba32, bgra = MLPixelFormat.Bgra32;

    private static readonly float[] ramp = Enumerable.Range(1, 12).Select(i => (float)i).ToArray();

    private static MLContext ml => F.Ml;

    private static TransformsCatalog X => ml.Transforms;

    static ImagesWorld()
    {
        foreach (var name in new[] { "pic.png", "sub/pic2.png" })
        {
            Fx.File(name, "");
            File.WriteAllBytes(Path.Combine(Fx.Tmp, name), Png());
        }
        Fx.File("notimage.png", "no image");
    }

    private static IDataView L<T>(params T[] rows) where T : class => ml.Data.LoadFromEnumerable(rows);

    private static byte[] Px(MLPixelFormat format) => Enumerable.Range(0, 6).SelectMany(p => format == rgba
        ? new[] { 10 + p, 20 + p, 30 + p, 40 + p }
        : new[] { 30 + p, 20 + p, 10 + p, 40 + p }).Select(value => (byte)value).ToArray();

    private static MLImage I(MLPixelFormat format = bgra) => MLImage.CreateFromPixels(3, 2, format, Px(format));

    private static object E(string name, MLPixelFormat format, ImagePixelExtractingEstimator.ColorBits colors = ImagePixelExtractingEstimator.ColorBits.Rgb,
        ImagePixelExtractingEstimator.ColorsOrder order = ImagePixelExtractingEstimator.ColorsOrder.ARGB, bool inter = false, float off = 0, float sc = 1, bool fl = true)
    {
        var view = L(new Im { Img = I(format) });
        var output = X.ExtractPixels("Px", "Img", colors, order, inter, off, sc, fl).Fit(view).Transform(view);
        return new O { { "type", output.Schema["Px"].Type.ToString() }, { "values", ((List<object>)Fx.Vals(output, "Px"))[0] } };
    }

    private static object C<T, TTransformer>(T row, Func<IEstimator<TTransformer>> estimator) where T : class where TTransformer : class, ITransformer
    {
        var view = L(row);
        var output = estimator().Fit(view).Transform(view);
        return new O { { "type", output.Schema["Img"].Type.ToString() }, { "image", ((List<object>)Fx.Vals(output, "Img"))[0] } };
    }

    private static object Li(string folder, params string[] names)
    {
        var view = L(names.Select(name => new Path1 { Path = name }).ToArray());
        var output = X.LoadImages("Img", folder, "Path").Fit(view).Transform(view);
        return new O { { "type", output.Schema["Img"].Type.ToString() }, { "images", Fx.Try(() => Sizes(output)) } };
    }

    private static List<object> Sizes(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetGetter<MLImage>(view.Schema["Img"]);
        var sizes = new List<object>();
        while (cursor.MoveNext())
        {
            MLImage image = null;
            getter(ref image);
            sizes.Add(image == null ? null : new O { { "width", image.Width }, { "height", image.Height }, { "tag", image.Tag } });
        }
        return sizes;
    }

    public static object Run(string title, JsonElement fact)
    {
        var words = title.Split(' ');
        if (words[2] == "Alpha" || !words[1].Contains('.'))
            return E("", bgra, Enum.Parse<ImagePixelExtractingEstimator.ColorBits>(string.Join(' ', words[2..])));
        var colors = Enum.Parse<ImagePixelExtractingEstimator.ColorBits>(words[1].Split('.')[1]);
        return E("", bgra, colors, Enum.Parse<ImagePixelExtractingEstimator.ColorsOrder>(words[^1]), words[2].StartsWith("interleaved", StringComparison.Ordinal));
    }

    /// <summary>A PNG of 3 x 2 pixels, 8 bits RGBA.</summary>
    private static byte[] Png()
    {
        var rows = new MemoryStream();
        for (var y = 0; y < 2; y++)
        {
            rows.WriteByte(0);
            rows.Write(Px(rgba).AsSpan(12 * y, 12));
        }
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(rows.ToArray());
        var png = new MemoryStream();
        png.Write(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 });
        Chunk(png, "IHDR", new byte[] { 0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0 });
        Chunk(png, "IDAT", packed.ToArray());
        Chunk(png, "IEND", new byte[0]);
        return png.ToArray();
    }

    private static void Chunk(Stream png, string name, byte[] data)
    {
        var body = System.Text.Encoding.ASCII.GetBytes(name).Concat(data).ToArray();
        var crc = uint.MaxValue;
        foreach (var value in body)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
        }
        png.Write(BigEndian((uint)data.Length));
        png.Write(body);
        png.Write(BigEndian(~crc));
    }

    private static byte[] BigEndian(uint value) => new[] { (byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value };
}

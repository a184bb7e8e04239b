using System.Buffers.Binary;

namespace ML.Robustness.Transforms.Sources;

/// <summary>
/// Images and labels in two files of the IDX format: two zero bytes, type, dimensions, sizes as big-endian numbers, values.
/// </summary>
internal sealed class IdxSource : LabeledImageSource
{
    private const byte UnsignedByte = 0x08;

    private readonly RecordFile _images;
    private readonly byte[] _labels;

    private IdxSource(RecordFile images, int height, int width, byte[] labels)
        : base(1, height, width, labels.Max() + 1)
    {
        _images = images;
        _labels = labels;
    }

    public override int Rows => _images.Records;

    public override bool IsSeekable => !_images.IsCompressed;

    public override LabeledImageReader OpenReader(int rowsInOrder) => new Reader(this, rowsInOrder);

    public static IdxSource Open(string imagesPath, string labelsPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(imagesPath);
        ArgumentException.ThrowIfNullOrEmpty(labelsPath);
        var (imagesCompressed, sizes) = ReadHeader(imagesPath, "image file", 3, "images (rows, height, width)");
        var (labelsCompressed, counts) = ReadHeader(labelsPath, "label file", 1, "labels (rows)");
        var (rows, height, width) = (sizes[0], sizes[1], sizes[2]);
        if (rows != counts[0])
            throw new InvalidDataException(
                $"'{imagesPath}' has {rows} images but '{labelsPath}' has {counts[0]} labels. Give the two files of one set.");
        if (rows == 0 || height == 0 || width == 0 || (long)height * width > 1 << 28)
            throw new InvalidDataException(
                $"'{imagesPath}' holds {rows} images of {height} × {width} pixels: "
                + "expected at least one image of at least one pixel. Is it the right file?");

        var images = new RecordFile(imagesPath, imagesCompressed, 4 + 3 * sizeof(int), height * width, rows);
        if (!imagesCompressed)
            CheckLength(imagesPath, images.HeaderLength + (long)rows * images.RecordLength);
        return new IdxSource(images, height, width, ReadLabels(labelsPath, labelsCompressed, rows));
    }

    private static (bool IsCompressed, int[] Sizes) ReadHeader(string path, string what, int dimensions, string expected)
    {
        var isCompressed = RecordFile.CheckExistsAndDetectGzip(path, what);
        using var content = RecordFile.OpenContent(path, isCompressed);
        Span<byte> header = stackalloc byte[4 + dimensions * sizeof(int)];
        var read = RecordFile.ReadFully(content, header, path);
        if (read < 4 || header[0] != 0 || header[1] != 0)
        {
            throw new InvalidDataException(
                $"'{path}' is not an IDX file: expected it to start with 00 00 08 {dimensions:00}, got "
                + $"{(read == 0 ? "nothing" : Show(header[..Math.Min(read, 4)]))}. Give the {what} of a set such as MNIST.");
        }

        if (header[2] != UnsignedByte || header[3] != dimensions)
        {
            throw new InvalidDataException(
                $"'{path}' is an IDX file of another kind: expected {expected} of unsigned bytes, 00 00 08 {dimensions:00}, got "
                + $"{Show(header[..4])}. Are the image file and the label file the right way round?");
        }

        if (read < header.Length)
            throw new InvalidDataException(
                $"'{path}' is cut short: expected a header of {header.Length} bytes, got {read}. Fetch the file again.");
        var sizes = new int[dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header[(4 + i * sizeof(int))..]);
            if (sizes[i] < 0)
                throw new InvalidDataException(
                    $"'{path}' says size {(uint)sizes[i]} for dimension {i + 1}: expected less than 2147483648. "
                    + "The file is damaged: fetch it again.");
        }

        return (isCompressed, sizes);
    }

    private static byte[] ReadLabels(string path, bool isCompressed, int rows)
    {
        const int HeaderLength = 4 + sizeof(int);
        if (!isCompressed)
            CheckLength(path, HeaderLength + (long)rows);
        using var content = RecordFile.OpenContent(path, isCompressed);
        var bytes = new byte[HeaderLength + rows];
        var read = RecordFile.ReadFully(content, bytes, path);
        if (read < bytes.Length)
            throw new InvalidDataException(
                $"'{path}' is cut short: expected {rows} labels, got {Math.Max(0, read - HeaderLength)}. Fetch the file again.");
        return bytes[HeaderLength..];
    }

    private static void CheckLength(string path, long expected)
    {
        var length = new FileInfo(path).Length;
        if (length != expected)
            throw new InvalidDataException(
                $"'{path}' is {(length < expected ? "cut short" : "too long")}: "
                + $"its header asks for {expected} bytes, but it has {length}. Fetch the file again.");
    }

    private static string Show(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes) is var text
        ? string.Join(' ', Enumerable.Range(0, text.Length / 2).Select(i => text.Substring(2 * i, 2)))
        : "";

    private sealed class Reader(IdxSource source, int rowsInOrder) : LabeledImageReader
    {
        private readonly RecordReader _records = new([source._images], rowsInOrder);
        private int _row;

        public override void MoveTo(int row) => _row = row;

        public override int Label => source._labels[_row];

        public override ReadOnlySpan<byte> Pixels => _records.Read(_row);

        public override void Dispose() => _records.Dispose();
    }
}

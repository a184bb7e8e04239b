using System.Buffers.Binary;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Sources;

/// <summary>
/// Images and labels in two files of the IDX format: two zero bytes, type, dimensions, sizes as big-endian numbers, values.
/// </summary>
internal sealed class IdxSource : LabeledImageSource
{
    private const byte UnsignedByte = 0x08;
    private const int LabelHeaderLength = 4 + sizeof(int), MostPixels = 1 << 28;

    /// <summary>A byte of gzip data unpacks to this many at most.</summary>
    private const int MostCompressed = 1032;

    private readonly RecordFile _images;
    private readonly byte[] _labels;

    private readonly bool _isTransposed;

    private IdxSource(RecordFile images, int height, int width, byte[] labels, bool isTransposed)
        : base(1, height, width, labels.Max() + 1)
    {
        _images = images;
        _labels = labels;
        _isTransposed = isTransposed;
    }

    public override int Rows => _images.Records;

    public override bool IsSeekable => !_images.IsCompressed;

    public override LabeledImageReader OpenReader(int rowsInOrder) => new Reader(this, rowsInOrder);

    public static IdxSource Open(string imagesPath, string labelsPath, bool isTransposed = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(imagesPath);
        ArgumentException.ThrowIfNullOrEmpty(labelsPath);
        var (imagesCompressed, sizes) = ReadHeader(imagesPath, "image file", 3, "images (rows, height, width)");
        var (labelsCompressed, counts) = ReadHeader(labelsPath, "label file", 1, "labels (rows)");
        var (rows, height, width) = (sizes[0], sizes[1], sizes[2]);
        if (rows == 0 || height == 0 || width == 0 || (long)height * width > MostPixels)
            throw new InvalidDataException(
                $"'{imagesPath}' holds {rows} images of {height} × {width} pixels: "
                + $"expected at least one image, of one to {MostPixels} pixels. Is it the right file?");

        var images = new RecordFile(imagesPath, imagesCompressed, 4 + 3 * sizeof(int), height * width, rows);
        var (imagesLength, labelsLength) = (images.HeaderLength + (long)rows * images.RecordLength,
            LabelHeaderLength + (long)counts[0]);
        CheckLength(imagesPath, imagesCompressed, imagesLength);
        CheckLength(labelsPath, labelsCompressed, labelsLength);
        if (rows != counts[0])
            throw new InvalidDataException(
                $"'{imagesPath}' has {rows} images but '{labelsPath}' has {counts[0]} labels. Give the two files of one set.");
        if (rows > FileLimits.Images)
            throw new InvalidDataException(
                $"'{imagesPath}' says that it has {rows} images: expected {FileLimits.Images} at most. Is it the right file?");
        if (labelsCompressed)
            RecordFile.CheckWhole(labelsPath, labelsLength);
        if (imagesCompressed)
            RecordFile.CheckWhole(imagesPath, imagesLength);
        var labels = ReadLabels(labelsPath, labelsCompressed, rows);
        return isTransposed
            ? new IdxSource(images, width, height, labels, isTransposed)
            : new IdxSource(images, height, width, labels, isTransposed);
    }

    private static (bool IsCompressed, int[] Sizes) ReadHeader(string path, string what, int dimensions, string expected)
    {
        var isCompressed = RecordFile.CheckExistsAndDetectGzip(path, what);
        using var content = RecordFile.OpenContent(path, isCompressed);
        Span<byte> header = stackalloc byte[4 + dimensions * sizeof(int)];
        var read = RecordFile.ReadFully(content, header);
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
                + Show(header[..4])
                + (header[2] == UnsignedByte && header[3] is 1 or 3
                    ? ". Are the image file and the label file the right way round?"
                    : $", {TypeOf(header[2])} in {header[3]} dimension{(header[3] == 1 ? "" : "s")}. {Remedy(dimensions)}"));
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
        using var content = RecordFile.OpenContent(path, isCompressed);
        RecordFile.ReadFully(content, new byte[LabelHeaderLength]);
        var labels = new byte[rows];
        var count = RecordFile.ReadFully(content, labels);
        return count == rows ? labels : throw new InvalidDataException(
            $"'{path}' is cut short: expected {rows} labels, got {count}. Fetch the file again.");
    }

    /// <summary>Compares the length with what the header says, so that nothing is allocated which cannot be there.</summary>
    private static void CheckLength(string path, bool isCompressed, long expected)
    {
        var length = new FileInfo(path).Length;
        if (isCompressed && length <= expected / MostCompressed)
            throw new InvalidDataException(
                $"'{path}' is cut short: its header asks for {expected} bytes, but its {length} compressed bytes hold "
                + $"{length * MostCompressed} at most. Fetch the file again.");
        if (!isCompressed && length != expected)
            throw new InvalidDataException(
                $"'{path}' is {(length < expected ? "cut short" : "too long")}: "
                + $"its header asks for {expected} bytes, but it has {length}. Fetch the file again.");
    }

    private static string TypeOf(byte code) => code switch
    {
        UnsignedByte => "unsigned bytes",
        0x09 => "signed bytes",
        0x0B => "16-bit integers",
        0x0C => "32-bit integers",
        0x0D => "32-bit floating-point numbers",
        0x0E => "64-bit floating-point numbers",
        _ => "values of no known type",
    };

    private static string Remedy(int dimensions) => dimensions == 1
        ? "Label files with several numbers a row, as QMNIST's, or other types are not read: write the class numbers as unsigned "
            + "bytes in one dimension, or load them by code with LoadFromEnumerable."
        : "Write grey pixels from 0 to 255 as unsigned bytes in three dimensions, or load the values by code with "
            + "LoadFromEnumerable.";

    private static string Show(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes) is var text
        ? string.Join(' ', Enumerable.Range(0, text.Length / 2).Select(i => text.Substring(2 * i, 2)))
        : "";

    private sealed class Reader(IdxSource source, int rowsInOrder) : LabeledImageReader
    {
        private readonly RecordReader _records = new([source._images], rowsInOrder);
        private readonly byte[] _turned = new byte[source._isTransposed ? source.PixelCount : 0];
        private int _row;

        public override void MoveTo(int row) => _row = row;

        public override int Label => source._labels[_row];

        public override ReadOnlySpan<byte> Pixels => source._isTransposed ? Transpose(_records.Read(_row)) : _records.Read(_row);

        public override void Dispose() => _records.Dispose();

        /// <summary>From column by column, as the file has them, to row by row.</summary>
        private byte[] Transpose(ReadOnlySpan<byte> pixels)
        {
            for (var y = 0; y < source.Height; y++)
            {
                for (var x = 0; x < source.Width; x++)
                    _turned[y * source.Width + x] = pixels[x * source.Height + y];
            }
            return _turned;
        }
    }
}

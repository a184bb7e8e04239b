using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Sources;

/// <summary>Files of CIFAR-10's binary version: a byte of label, then the three planes of 32 × 32 pixels.</summary>
internal sealed class Cifar10Source : LabeledImageSource
{
    private const int RecordLength = 1 + 3 * 32 * 32;

    private static readonly string[] Names =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private readonly RecordFile[] _files;

    private Cifar10Source(RecordFile[] files)
        : base(3, 32, 32, Names.Length)
    {
        _files = files;
        var rows = files.Sum(file => (long)file.Records);
        Rows = rows <= int.MaxValue ? (int)rows : throw new InvalidDataException(
            $"The {files.Length} files have {rows} records together, more than the {int.MaxValue} of one data set. Load fewer.");
    }

    public override int Rows { get; }

    public override bool IsSeekable => !_files.Any(file => file.IsCompressed);

    public override DataViewSchema.Annotations KeyValues =>
        KeyValuesOf(TextDataViewType.Instance, Array.ConvertAll(Names, name => name.AsMemory()));

    public override LabeledImageReader OpenReader(int rowsInOrder) => new Reader(this, rowsInOrder);

    public static Cifar10Source Open(string[] paths)
    {
        if (paths.Length == 0 || paths.Any(string.IsNullOrEmpty))
            throw new ArgumentException(
                "Expected the paths of one or more files of CIFAR-10's binary version, got none or an empty one. "
                + "Name data_batch_1.bin and so on.", nameof(paths));
        return new Cifar10Source(Array.ConvertAll(paths, OpenFile));
    }

    private static RecordFile OpenFile(string path)
    {
        var isCompressed = RecordFile.CheckExistsAndDetectGzip(path, "CIFAR-10 file");
        var length = isCompressed ? UnpackedLength(path) : new FileInfo(path).Length;
        if (length / RecordLength > FileLimits.Images)
            throw TooMany(path);
        if (length == 0 || length % RecordLength != 0)
        {
            throw new InvalidDataException(
                $"'{path}' is not a whole file of CIFAR-10's binary version: "
                + $"expected a multiple of {RecordLength} bytes, got {length}. "
                + "Fetch the file again, or take the binary version (data_batch_1.bin …).");
        }

        return new RecordFile(path, isCompressed, HeaderLength: 0, RecordLength, (int)(length / RecordLength));
    }

    private static long UnpackedLength(string path)
    {
        using var content = RecordFile.OpenContent(path, isCompressed: true);
        var buffer = new byte[RecordLength * 64];
        long length = 0;
        for (int read; (read = RecordFile.ReadFully(content, buffer)) > 0; length += read)
        {
            for (var i = 0; i < read; i += RecordLength)
                CheckLabel(path, buffer[i], (length + i) / RecordLength);
            if ((length + read) / RecordLength > FileLimits.Images)
                throw TooMany(path);
        }

        return length;
    }

    private static InvalidDataException TooMany(string path) => new(
        $"'{path}' has more than {FileLimits.Images} records, the most that a file may have. Is it the right file?");

    private static int CheckLabel(string path, byte label, long record) => label < Names.Length ? label
        : throw new InvalidDataException(
        $"'{path}' has label {label} in record {record}: expected 0 to {Names.Length - 1}. "
        + "Is it CIFAR-10's binary version (CIFAR-100 and the Python version differ)?");

    private sealed class Reader(Cifar10Source source, int rowsInOrder) : LabeledImageReader
    {
        private readonly RecordReader _records = new(source._files, rowsInOrder);
        private int _row;

        public override void MoveTo(int row) => _row = row;

        public override int Label
        {
            get
            {
                var label = _records.Read(_row)[0];
                return label < Names.Length ? label : CheckLabel(source.PathOf(_row, out var record), label, record);
            }
        }

        public override ReadOnlySpan<byte> Pixels => _records.Read(_row)[1..];

        public override void Dispose() => _records.Dispose();
    }

    private string PathOf(int row, out int record)
    {
        record = row;
        foreach (var file in _files)
        {
            if (record < file.Records)
                return file.Path;
            record -= file.Records;
        }

        throw new ArgumentOutOfRangeException(nameof(row));
    }
}

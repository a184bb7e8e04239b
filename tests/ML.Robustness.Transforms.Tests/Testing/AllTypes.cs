using System.Collections;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>A row with a column of every type that ML.NET has, and one of a type of our own.</summary>
internal sealed class AllTypes
{
    internal const int Height = 2, Width = 3;

    [VectorType(TwoDimensionalClasses.Dimensions)]
    public float[] Features { get; set; } = [];

    public float Number { get; set; }

    public double Double { get; set; }

    public sbyte SByte { get; set; }

    public byte Byte { get; set; }

    public short Short { get; set; }

    public ushort UShort { get; set; }

    public int Int { get; set; }

    public uint UInt { get; set; }

    public long Long { get; set; }

    public ulong ULong { get; set; }

    public bool Bool { get; set; }

    public string Text { get; set; } = "";

    public ReadOnlyMemory<char> Memory { get; set; }

    [KeyType(5)]
    public uint Key { get; set; }

    [KeyType(5)]
    public byte SmallKey { get; set; }

    public DateTime Time { get; set; }

    public DateTimeOffset Offset { get; set; }

    public TimeSpan Span { get; set; }

    public DataViewRowId Id { get; set; }

    [VectorType(9)]
    public VBuffer<double> Sparse { get; set; }

    [VectorType]
    public int[] Varying { get; set; } = [];

    [VectorType(2)]
    public string[] Texts { get; set; } = [];

    [VectorType(2)]
    public bool[] Flags { get; set; } = [];

    [VectorType(2)]
    public DateTime[] Times { get; set; } = [];

    [VectorType(2), KeyType(5)]
    public uint[] Keys { get; set; } = [];

    [ImageType(Height, Width)]
    public MLImage? Image { get; set; }

    [OwnType]
    public Own Registered { get; set; } = new(-1);

    /// <summary>A type that ML.NET does not know before it is registered.</summary>
    internal sealed record Own(int Value);

    private sealed class OwnDataViewType() : StructuredDataViewType(typeof(Own))
    {
        public override bool Equals(DataViewType? other) => other is OwnDataViewType;

        public override bool Equals(object? other) => other is OwnDataViewType;

        public override int GetHashCode() => 1;
    }

    private sealed class OwnTypeAttribute : DataViewTypeAttribute
    {
        public override bool Equals(DataViewTypeAttribute? other) => other is OwnTypeAttribute;

        public override bool Equals(object? other) => other is OwnTypeAttribute;

        public override int GetHashCode() => 1;

        public override void Register() => DataViewTypeManager.Register(new OwnDataViewType(), typeof(Own), this);
    }

    internal static SchemaDefinition Schema() => SchemaDefinition.Create(typeof(AllTypes));

    /// <summary>Rows that differ in each column; every fifth has no image.</summary>
    internal static AllTypes[] Make(int rows) => [.. Enumerable.Range(0, rows).Select(row => new AllTypes
    {
        Features = [row, row + 1, row + 2, row + 3],
        Number = row / 3f,
        Double = row / 7.0,
        SByte = (sbyte)row,
        Byte = (byte)row,
        Short = (short)-row,
        UShort = (ushort)row,
        Int = -row,
        UInt = (uint)row,
        Long = -row,
        ULong = (ulong)row,
        Bool = row % 2 == 0,
        Text = $"text {row}",
        Memory = $"memory {row}".ToCharArray(),
        Key = (uint)(row % 6),
        SmallKey = (byte)(row % 6),
        Time = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddHours(row),
        Offset = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(2)).AddHours(row),
        Span = TimeSpan.FromSeconds(row),
        Id = new DataViewRowId((ulong)row, 3),
        Sparse = new VBuffer<double>(9, 2, [row + 0.5, -row], [1, 5]),
        Varying = [.. Enumerable.Range(row, row % 4)],
        Texts = [$"first {row}", $"second {row}"],
        Flags = [row % 2 == 0, row % 3 == 0],
        Times = [new DateTime(row + 1L), new DateTime(row + 2L)],
        Keys = [(uint)(row % 6), (uint)(row % 5)],
        Image = row % 5 == 4 ? null
            : MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, [.. Enumerable.Repeat((byte)row, 4 * Height * Width)]),
        Registered = new Own(row),
    })];

    /// <summary>A value of any column as text; of an image its pixels.</summary>
    internal static string Describe(object? value) => value switch
    {
        null => "none",
        MLImage image => $"{image.PixelFormat} {Convert.ToHexString(image.Pixels)}",
        string or ReadOnlyMemory<char> => $"'{value}'",
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>) =>
            Describe((IEnumerable)type.GetMethod("DenseValues")!.Invoke(value, null)!),
        IEnumerable values => $"[{string.Join(' ', values.Cast<object>().Select(Describe))}]",
        IFormattable number => number.ToString(value is DateTime or DateTimeOffset ? "O" : null, CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}

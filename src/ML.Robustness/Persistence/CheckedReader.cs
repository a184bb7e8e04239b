using System.Runtime.InteropServices;
using System.Text;

namespace ML.Robustness.Persistence;

/// <summary>A reader of our file formats: nothing is allocated for a count before the bytes for it are known to be
/// there.</summary>
/// <remarks>
/// Texts must be UTF-8, flags 0 or 1, enums defined, counts within the bytes that are left. <see cref="Read{T}"/> turns every
/// failure into one error of the caller, with the place.
/// </remarks>
internal sealed class CheckedReader : BinaryReader
{
    private const int MostDimensions = 64;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly long _end;

    private CheckedReader(Stream stream, long end)
        : base(stream, Strict, leaveOpen: true) => _end = end;

    /// <summary>The bytes that are left.</summary>
    internal long Remaining => _end - BaseStream.Position;

    /// <summary>Reads content that reaches from the position of the stream to an end, and all of it.</summary>
    /// <param name="stream">A stream that knows its position.</param>
    /// <param name="end">The position after the content.</param>
    /// <param name="damaged">Makes the error of what is wrong.</param>
    /// <param name="read">Reads.</param>
    internal static T Read<T>(
        Stream stream, long end, Func<string, InvalidDataException> damaged, Func<CheckedReader, T> read)
    {
        using var reader = new CheckedReader(stream, end);
        var begin = stream.Position;
        try
        {
            var content = read(reader);
            return reader.Remaining == 0
                ? content
                : throw new InvalidDataException(
                    $"its content ends at byte {stream.Position - begin} of {end - begin}");
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or ArgumentException
            or FormatException or OverflowException or ExternalException)
        {
            throw damaged($"{Reason(error)} (at byte {stream.Position - begin} of {end - begin})");
        }
    }

    /// <summary>The first line of an error, without the full stop and without the name of a parameter.</summary>
    internal static string Reason(Exception error)
    {
        var text = error is EndOfStreamException ? "it is cut short" : error.Message.Split('\r', '\n')[0];
        var parameter = text.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return (parameter < 0 ? text : text[..parameter]).TrimEnd('.');
    }

    public override string ReadString()
    {
        var length = Read7BitEncodedInt();
        return Strict.GetString(ReadBytes(length));
    }

    public override byte[] ReadBytes(int count)
    {
        RequireBytes("a text or a block", count, 1);
        return base.ReadBytes(count);
    }

    public override bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw new InvalidDataException($"a flag is {other}, where 0 or 1 was expected"),
    };

    /// <summary>Reads a whole number within bounds.</summary>
    internal int ReadInt32(string what, int least, int most)
    {
        var value = ReadInt32();
        return value >= least && value <= most
            ? value
            : throw new InvalidDataException($"{what} is {value}, where {least} to {most} was expected");
    }

    /// <summary>Reads the number of items that follow, each of this many bytes at least.</summary>
    internal int ReadCount(string what, int bytesEach, int most = int.MaxValue)
    {
        var count = ReadInt32($"the number of {what}", 0, most);
        RequireBytes(what, count, bytesEach);
        return count;
    }

    /// <summary>Throws unless the bytes of this many items are there.</summary>
    internal void RequireBytes(string what, long count, long bytesEach)
    {
        if (count < 0 || count > Math.Max(0, Remaining) / bytesEach)
            throw new InvalidDataException(
                $"it claims {count} of {what}, {bytesEach} bytes each or more, but has {Math.Max(0, Remaining)} bytes left");
    }

    /// <summary>Reads a value of an enum that was written as a byte.</summary>
    internal TEnum ReadEnum<TEnum>()
        where TEnum : struct, Enum => EnumOf<TEnum>(ReadByte());

    /// <summary>The value of an enum that a byte stands for.</summary>
    internal static TEnum EnumOf<TEnum>(byte number)
        where TEnum : struct, Enum
    {
        var value = (TEnum)Enum.ToObject(typeof(TEnum), number);
        return Enum.IsDefined(value)
            ? value
            : throw new InvalidDataException(
                $"{typeof(TEnum).Name} is {number}, where one of {string.Join(", ", Enum.GetNames<TEnum>())} was expected");
    }

    /// <summary>Reads the sizes of an array, and multiplies them.</summary>
    /// <returns>The sizes, none of them negative, and their product, which fits.</returns>
    internal (int[] Sizes, int Product) ReadSizes(string what)
    {
        var sizes = new int[ReadCount($"dimensions of {what}", sizeof(int), MostDimensions)];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = ReadInt32($"a size of {what}", 0, int.MaxValue);
        return (sizes, (int)Product(what, Array.ConvertAll(sizes, size => (long)size), int.MaxValue));
    }

    /// <summary>Reads so many numbers, whose bytes are known to be there (<see cref="ReadCount"/>).</summary>
    internal float[] ReadSingles(int count)
    {
        var numbers = new float[count];
        for (var i = 0; i < count; i++)
            numbers[i] = ReadSingle();
        return numbers;
    }

    /// <summary>Reads the shape of a tensor.</summary>
    internal long[] ReadShape()
    {
        var shape = new long[ReadCount("dimensions of a tensor", sizeof(long), MostDimensions)];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = ReadInt64();
        return shape;
    }

    /// <summary>The product of sizes, which is zero or more and at most this.</summary>
    internal static long Product(string what, ReadOnlySpan<long> sizes, long most)
    {
        var product = 1L;
        foreach (var size in sizes)
        {
            if (size < 0 || (product > 0 && size > most / product))
                throw new InvalidDataException(
                    $"{what} has the sizes [{string.Join(", ", sizes.ToArray())}], which are too many");
            product *= size;
        }

        return product;
    }
}

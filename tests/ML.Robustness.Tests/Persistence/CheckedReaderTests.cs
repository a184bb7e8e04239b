using ML.Robustness.Persistence;
using ML.Robustness.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Persistence;

public sealed class CheckedReaderTests
{
    [Fact]
    public void ReadCount_OfMoreThanThereIs_IsRefused_WithoutAllocatingIt()
    {
        var content = Stored.Write(writer =>
        {
            writer.Write(int.MaxValue);
            writer.Write(1.0);
        });
        var allocated = Mutations.Allocated(() => Fails(
            "it claims 2147483647 of numbers, 8 bytes each or more, but has 8 bytes left (at byte 4 of 12)", content,
            reader => new double[reader.ReadCount("numbers", sizeof(double))]));
        Assert.InRange(allocated, 0, 1 << 20);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void ReadInt32_OutsideItsBounds_IsRefused(int number) =>
        Fails($"the number is {number}, where 0 to 4 was expected (at byte 4 of 4)", Stored.Write(writer => writer.Write(number)),
            reader => reader.ReadInt32("the number", 0, 4));

    [Fact]
    public void ReadEnum_WithoutSuchAValue_IsRefused() =>
        Fails("DayOfWeek is 7, where one of Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday was expected (at byte "
            + "1 of 1)", [7], reader => reader.ReadEnum<DayOfWeek>());

    [Fact]
    public void ReadBoolean_OfAnotherNumber_IsRefused() =>
        Fails("a flag is 2, where 0 or 1 was expected (at byte 1 of 1)", [2], reader => reader.ReadBoolean());

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x07 })] // 2^31 − 1 characters
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })] // below zero
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 2, 0xC3 })]
    [InlineData(new byte[] { 1, 0xC3 })]
    [InlineData(new byte[] { })]
    public void ReadString_ThatIsNotThereOrNotUtf8_IsRefused(byte[] content)
    {
        var allocated = Mutations.Allocated(
            () => Assert.Throws<InvalidDataException>(() => Stored.Read(content, reader => reader.ReadString())));
        Assert.InRange(allocated, 0, 1 << 20);
    }

    [Fact]
    public void ReadSizes_WhoseProductIsTooLarge_IsRefused()
    {
        var content = Stored.Write(writer =>
        {
            writer.Write(3);
            for (var i = 0; i < 3; i++)
                writer.Write(1 << 30);
        });
        Fails("rows has the sizes [1073741824, 1073741824, 1073741824], which are too many (at byte 16 of 16)", content,
            reader => reader.ReadSizes("rows"));
    }

    [Fact]
    public void Read_LessThanThereIs_IsRefused() =>
        Fails("its content ends at byte 1 of 3 (at byte 1 of 3)", [1, 2, 3], reader => reader.ReadByte());

    [Fact]
    public void Read_MoreThanThereIs_IsRefused() =>
        Fails("it is cut short (at byte 3 of 3)", [1, 2, 3], reader => reader.ReadInt32());

    [Theory]
    [InlineData(99)]
    [InlineData(12)] // a quantized type
    [InlineData(-1)]
    [InlineData(256)] // whose low byte is that of a type
    [InlineData(int.MaxValue)]
    public void ReadTensor_OfAnElementTypeThatThereIsNot_IsRefused(int type)
    {
        var content = Stored.Write(writer =>
        {
            writer.Write(type);
            writer.Write(1);
            writer.Write(1L);
            writer.Write(4);
            writer.Write(0);
        });
        Fails($"a tensor has the element type {type}, which is none of TorchSharp's (at byte 4 of 24)", content,
            TensorRecord.Read);
    }

    [Theory]
    [InlineData(1L << 40, 1L << 40, 4)]
    [InlineData(1L << 20, 1L << 8, 1 << 30)]
    [InlineData(4, 4, 4)] // less content than values: the rest would be foreign memory
    [InlineData(-1, -4, 16)]
    public void ReadTensor_WhoseShapeAndBytesDiffer_IsRefused(long rows, long columns, int bytes)
    {
        var content = Stored.Write(writer =>
        {
            writer.Write((int)ScalarType.Float32);
            writer.Write(2);
            writer.Write(rows);
            writer.Write(columns);
            writer.Write(bytes);
            writer.Write(0);
        });
        Assert.Throws<InvalidDataException>(() => Stored.Read(content, TensorRecord.Read));
    }

    [Fact]
    public void ReadTensor_OfAnyMutation_GivesATensorOrInvalidData()
    {
        using var scope = NewDisposeScope();
        var content = Stored.Write(writer => TensorRecord.Write(writer, arange(12, ScalarType.Float32).view(3, 4)));
        foreach (var damaged in Mutations.All(content))
        {
            using var each = NewDisposeScope();
            try
            {
                Assert.Equal(damaged.Length, (4 * sizeof(int)) + (8 * (int)Stored.Read(damaged, TensorRecord.Read).dim())
                    + 48 - sizeof(int));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static void Fails<T>(string message, byte[] content, Func<CheckedReader, T> read) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Stored.Read(content, read)).Message);
}

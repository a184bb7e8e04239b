using ML.Robustness.FeatureDatasets;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.FeatureDatasets;

public class InitialRowsTests
{
    [Fact]
    public void Draw_NeverGivesTheRowItself_AndAllOthersAlike()
    {
        using var rows = new InitialRows(zeros(5, 2));
        var counts = new int[5];
        // Rows of other data leave none out.
        foreach (var place in rows.Draw(new RowRandom(3, firstRow: 100), 20_000))
            counts[place]++;
        Assert.InRange(ChiSquare(counts), 0, 18.5); // 0.1 % of 4 degrees of freedom
        Array.Clear(counts);
        for (ulong stream = 0; stream < 4000; stream++)
            counts[rows.Draw(new RowRandom(stream, [2L]), 1)[0]]++;
        Assert.Equal(0, counts[2]);
        Assert.InRange(ChiSquare([counts[0], counts[1], counts[3], counts[4]]), 0, 16.3); // of 3 degrees
    }

    [Fact]
    public void Draw_FollowsTheRowsNumber_NotItsPlace()
    {
        using var rows = new InitialRows(zeros(50, 2));
        var whole = rows.Draw(new RowRandom(1), 50);
        Assert.Equal([whole[31], whole[4]], rows.Draw(new RowRandom(1, [31L, 4]), 2));
        Assert.All(whole.Select((place, row) => (place, row)), pair => Assert.NotEqual(pair.place, pair.row));
    }

    [Fact]
    public void Rows_AreTwoOrMore_WithANumberEach()
    {
        Assert.Contains("two or more", Assert.Throws<ArgumentException>(() => new InitialRows(zeros(1, 3))).Message,
            StringComparison.Ordinal);
        Assert.Contains("2 rows but 3 numbers",
            Assert.Throws<ArgumentException>(() => new InitialRows(zeros(2, 3), [1, 2, 3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_GoIntoAFileAndBack()
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Byte, ScalarType.Float32 })
        {
            using var rows = new InitialRows(arange(24).to(type).view(4, 1, 2, 3), [7, -3, 9, 1]);
            using var stream = new MemoryStream();
            rows.Write(stream);
            stream.WriteByte(42);
            stream.Position = 0;
            using var found = InitialRows.Read(stream, [4, 1, 2, 3], type);
            Assert.Equal(42, stream.ReadByte());
            Assert.Equal(rows.Numbers, found.Numbers);
            Assert.Equal(rows.Inputs.bytes.ToArray(), found.Inputs.bytes.ToArray());
            var bytes = stream.ToArray();
            bytes[^60] ^= 1;
            Assert.Throws<InvalidDataException>(() => InitialRows.Read(new MemoryStream(bytes), [4, 1, 2, 3], type));
        }
    }

    private static double ChiSquare(int[] counts)
    {
        var expected = counts.Sum() / (double)counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }
}

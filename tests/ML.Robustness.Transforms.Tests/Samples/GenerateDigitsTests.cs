using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Samples;

public sealed class GenerateDigitsTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Generate_Schema_IsThatOfImages()
    {
        var view = _ml.Data.GenerateDigits(30);

        Assert.Equal("Vector<Single, 1, 28, 28>", view.Schema["Features"].Type.ToString());
        Assert.Equal("Key<UInt32, 0-9>", view.Schema["Label"].Type.ToString());
        Assert.Equal(Enumerable.Range(0, 10).Select(x => (uint)x), RowValues.KeyValues<uint>(view));
        Assert.Equal(30, view.GetRowCount());
        Assert.True(view.CanShuffle);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.GenerateDigits(0));
    }

    [Fact]
    public void Generate_SameSeed_GivesSameRows_OtherSeedOthers()
    {
        var rows = RowValues.Read<byte>(_ml.Data.GenerateDigits(50, seed: 7, outputAsFloatArray: false));
        var again = RowValues.Read<byte>(new MLContext(99).Data.GenerateDigits(50, seed: 7, outputAsFloatArray: false));
        var longer = RowValues.Read<byte>(_ml.Data.GenerateDigits(90, seed: 7, outputAsFloatArray: false));
        var other = RowValues.Read<byte>(_ml.Data.GenerateDigits(50, seed: 8, outputAsFloatArray: false));

        AssertSame(rows, again);
        AssertSame(rows, longer[..50]);
        Assert.DoesNotContain(rows.Zip(other), pair => pair.First.Features.SequenceEqual(pair.Second.Features));
        Assert.NotEqual(rows.Select(row => row.Label), other.Select(row => row.Label));
    }

    [Fact]
    public void Generate_Values_StayTheSameInEveryVersion()
    {
        Assert.Equal("50E42EA2AEE9FF09", Hash(_ml.Data.GenerateDigits(200, seed: 7, outputAsFloatArray: false)));
        Assert.Equal("C9CECC489AC9B46D",
            Hash(_ml.Data.GenerateDigitsWithPattern(200, seed: 7, agreement: 0.5, outputAsFloatArray: false)));
    }

    [Fact]
    public void Generate_EveryTenRows_HoldEachDigitOnce()
    {
        var labels = _ml.Data.GenerateDigits(200, seed: 3).GetColumn<uint>("Label").Chunk(10).ToList();

        Assert.All(labels, ten => Assert.Equal(Enumerable.Range(1, 10).Select(x => (uint)x), ten.Order()));
        Assert.True(labels.Distinct(new SequenceComparer()).Count() > 15);
    }

    [Fact]
    public void GetRowCursor_Shuffled_GivesTheSameRowsInAnOrderOfTheRandom()
    {
        var view = _ml.Data.GenerateDigits(300, seed: 5, outputAsFloatArray: false);
        var inOrder = RowValues.Read<byte>(view);
        var shuffled = RowValues.Read<byte>(view, new Random(1));

        Assert.NotEqual(inOrder.Select(row => row.Id), shuffled.Select(row => row.Id));
        Assert.NotEqual(shuffled.Select(row => row.Id), RowValues.Read<byte>(view, new Random(2)).Select(row => row.Id));
        Assert.Equal(shuffled.Select(row => row.Id), RowValues.Read<byte>(view, new Random(1)).Select(row => row.Id));
        AssertSame(inOrder, [.. shuffled.OrderBy(row => row.Id)]);
    }

    [Theory]
    [InlineData(1, 300)]
    [InlineData(3, 300)]
    [InlineData(4, 130)]
    [InlineData(16, 65)]
    [InlineData(2, 1)]
    public void GetRowCursorSet_InParallel_GivesTheRowsOfOneCursorByBatch(int cursors, int count)
    {
        var view = _ml.Data.GenerateDigits(count, seed: 5, outputAsFloatArray: false);
        foreach (var seed in new int?[] { null, 4 })
        {
            var expected = RowValues.Read<byte>(view, seed is { } one ? new Random(one) : null);
            var set = view.GetRowCursorSet(view.Schema, cursors, seed is { } same ? new Random(same) : null);
            var parts = new List<(long Batch, uint Label, byte[] Features, ulong Id)>[set.Length];
            Parallel.For(0, set.Length, i => parts[i] = ReadWithBatch(set[i]));

            Assert.InRange(set.Length, 1, cursors);
            Assert.All(parts, part => Assert.Equal(part.Select(row => row.Batch).Order(), part.Select(row => row.Batch)));
            Assert.Equal(parts.Sum(part => part.Select(row => row.Batch).Distinct().Count()),
                parts.SelectMany(part => part).Select(row => row.Batch).Distinct().Count());
            AssertSame(expected,
                [.. parts.SelectMany(part => part).OrderBy(row => row.Batch).Select(row => (row.Label, row.Features, row.Id))]);
        }
    }

    [Fact]
    public void Generate_Digits_AreInkOnPaperAndTellApart()
    {
        var train = RowValues.Read<float>(_ml.Data.GenerateDigits(1000, seed: 1));
        var test = RowValues.Read<float>(_ml.Data.GenerateDigits(300, seed: 2));

        Assert.All(train, row => Assert.InRange(row.Features.Average(), 0.04f, 0.30f));
        Assert.All(train, row => Assert.True(row.Features.Max() > 0.9f && row.Features.Count(x => x < 0.2f) > 500));

        // One-nearest-neighbour on plain pixels: hands differ too much for it to be perfect, digits too much for it to be poor.
        var right = test.Count(row => train.MinBy(other => Distance(row.Features, other.Features)).Label == row.Label);
        Assert.InRange(right / 300.0, 0.80, 0.999);
    }

    [Fact]
    public void ShuffleRows_TakeRowsAndCache_WorkOnIt()
    {
        var view = _ml.Data.GenerateDigits(100, seed: 1, outputAsFloatArray: false);

        Assert.Equal(100, _ml.Data.ShuffleRows(view, seed: 1).GetColumn<uint>("Label").Count());
        AssertSame(RowValues.Read<byte>(view)[..7], RowValues.Read<byte>(_ml.Data.TakeRows(view, 7)));
        AssertSame(RowValues.Read<byte>(view), RowValues.Read<byte>(_ml.Data.Cache(view)));
    }

    private static List<(long Batch, uint Label, byte[] Features, ulong Id)> ReadWithBatch(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            var features = cursor.GetGetter<VBuffer<byte>>(cursor.Schema["Features"]);
            var label = cursor.GetGetter<uint>(cursor.Schema["Label"]);
            var id = cursor.GetIdGetter();
            var rows = new List<(long, uint, byte[], ulong)>();
            while (cursor.MoveNext())
            {
                VBuffer<byte> values = default;
                uint key = 0;
                DataViewRowId rowId = default;
                features(ref values);
                label(ref key);
                id(ref rowId);
                rows.Add((cursor.Batch, key, values.DenseValues().ToArray(), rowId.Low));
            }

            return rows;
        }
    }

    private static string Hash(IDataView view)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var label in view.GetColumn<uint>("Label"))
            hash.AppendData(BitConverter.GetBytes(label));
        foreach (var features in view.GetColumn<byte[]>("Features"))
            hash.AppendData(features);
        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    private static float Distance(float[] first, float[] second)
    {
        var sum = 0f;
        for (var i = 0; i < first.Length; i++)
            sum += (first[i] - second[i]) * (first[i] - second[i]);
        return sum;
    }

    private static void AssertSame(List<(uint Label, byte[] Features, ulong Id)> expected,
        List<(uint Label, byte[] Features, ulong Id)> actual)
    {
        Assert.Equal(expected.Select(row => row.Label), actual.Select(row => row.Label));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Features, pair.Second.Features));
    }

    private sealed class SequenceComparer : IEqualityComparer<uint[]>
    {
        public bool Equals(uint[]? x, uint[]? y) => x!.SequenceEqual(y!);

        public int GetHashCode(uint[] obj) => obj.Aggregate(0, HashCode.Combine);
    }
}

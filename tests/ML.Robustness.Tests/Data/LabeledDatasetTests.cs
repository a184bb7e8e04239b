using ML.Robustness.Data;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Data;

public class LabeledDatasetTests
{
    private static readonly InputShape Three = InputShape.Vector(3);

    [Theory]
    [InlineData(10, 4, "4 4 2")]
    [InlineData(9, 4, "4 5")]
    [InlineData(8, 4, "4 4")]
    [InlineData(1, 4, "1")]
    [InlineData(5, 4, "5")]
    [InlineData(3, 1, "1 1 1")]
    [InlineData(2, 8, "2")]
    public void Batches_OfEitherKind_AreFullAndASingleLastRowJoinsTheOneBefore(int rows, int batchSize, string expected)
    {
        using var inMemory = InMemory(rows);
        using var streamed = Streamed(rows, 4);
        foreach (var data in new[] { inMemory, streamed })
        {
            foreach (var seed in new ulong?[] { null, 7 })
                Assert.Equal(expected, string.Join(' ', Pass(data, batchSize, seed).Select(batch => batch.Length)));
        }

        Assert.Equal(expected.Split(' ').Length, BatchPlan.Count(rows, batchSize));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public void Batches_Shuffled_GiveEveryRowExactlyOnceInAnOrderOfTheSeed(int poolRows)
    {
        using var inMemory = InMemory(101);
        using var streamed = Streamed(101, poolRows);
        foreach (var data in new[] { inMemory, streamed })
        {
            var first = Pass(data, 8, 1).SelectMany(batch => batch).ToArray();
            Assert.Equal(Enumerable.Range(0, 101).Select(i => (long)i), first.Order());
            Assert.Equal(first, Pass(data, 8, 1).SelectMany(batch => batch));
            if (poolRows > 1)
            {
                Assert.NotEqual(first, first.Order());
                Assert.NotEqual(first, Pass(data, 8, 2).SelectMany(batch => batch));
            }

            Assert.Equal(101, data.RowCount);
        }
    }

    [Fact]
    public void Batches_Shuffled_KeepRowsLabelsAndNumbersTogether()
    {
        using var inMemory = InMemory(50);
        using var streamed = Streamed(50, 8);
        foreach (var data in new[] { inMemory, streamed })
        {
            foreach (var batch in data.Batches(7, 3))
            {
                using (batch)
                {
                    Assert.Equal([batch.Count, 3], batch.Inputs.shape);
                    var inputs = batch.Inputs.data<float>().ToArray();
                    var labels = batch.Labels.data<long>().ToArray();
                    for (var i = 0; i < batch.Count; i++)
                    {
                        var row = batch.Rows.Span[i];
                        Assert.Equal([row, row + 0.25f, row + 0.5f], inputs[(3 * i)..(3 * i + 3)]);
                        Assert.Equal(row % 2, labels[i]);
                    }
                }
            }
        }
    }

    [Fact]
    public void Batches_OfAStream_HoldNoMoreThanThePoolAndTheNextBatch()
    {
        var read = 0;
        IEnumerable<LabeledRow> Rows()
        {
            for (var i = 0; i < 1000; i++)
            {
                read++;
                yield return new LabeledRow(new float[] { i, i, i }, i % 2);
            }
        }

        using var data = LabeledDataset.FromStream(Rows, Three, 2, poolRows: 20);
        var given = 0;
        foreach (var batch in data.Batches(10, 5))
        {
            using (batch) given += batch.Count;
            Assert.InRange(read - given, 0, 20 + 2 + 1);
        }

        Assert.Equal(1000, given);
    }

    [Fact]
    public void Batches_OfBytes_DivideBy255()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        using var inMemory = LabeledDataset.FromTensors(tensor(bytes).view(2, 128), tensor(new long[] { 0, 1 }),
            InputShape.Vector(128), 2);
        using var streamed = LabeledDataset.FromStream(
            () => [new LabeledRow(bytes.AsMemory(0, 128), 0), new LabeledRow(bytes.AsMemory(128), 1)], InputShape.Vector(128), 2);
        foreach (var data in new[] { inMemory, streamed })
        {
            using var batch = data.Batches(2, null).Single();
            Assert.Equal(ScalarType.Float32, batch.Inputs.dtype);
            Assert.Equal(bytes.Select(value => value / 255f), batch.Inputs.data<float>().ToArray());
        }
    }

    [Fact]
    public void Batches_OfImages_HaveTheirShape()
    {
        using var data = LabeledDataset.FromTensors(zeros(4, 60), zeros(4, ScalarType.Int64), new InputShape(3, 4, 5), 2);
        using var batch = data.Batches(4, null).Single();
        Assert.Equal([4, 3, 4, 5], batch.Inputs.shape);
    }

    [Fact]
    public void Batches_LeaveNothingAlive()
    {
        using var inMemory = InMemory(40);
        using var streamed = Streamed(40, 8);
        foreach (var data in new[] { inMemory, streamed })
        {
            var before = LiveTensors.Count();
            using (NewDisposeScope())
                foreach (var batch in data.Batches(8, 1)) batch.Dispose();
            LiveTensors.AssertNoMoreThan(before);
        }
    }

    [Fact]
    public void FromTensors_WrongValuesARow_Throws()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(
            () => LabeledDataset.FromTensors(zeros(4, 5), zeros(4, ScalarType.Int64), Three, 2));
        Assert.Equal("Inputs must have 3 values a row (shape 3), but are [4, 5]. (Parameter 'inputs')", error.Message);
    }

    [Fact]
    public void FromTensors_OtherNumberOfLabels_Throws()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(
            () => LabeledDataset.FromTensors(zeros(4, 3), zeros(5, ScalarType.Int64), Three, 2));
        Assert.StartsWith("Labels must have one entry for each of the 4 rows, but are [5].", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FromTensors_WrongTypes_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.StartsWith("Inputs must be uint8 or float32, but are Float64.",
            Assert.Throws<ArgumentException>(
                () => LabeledDataset.FromTensors(zeros(4, 3, ScalarType.Float64), zeros(4, ScalarType.Int64), Three, 2)).Message,
                StringComparison.Ordinal);
        Assert.StartsWith("Labels must be integers, but are Float32.",
            Assert.Throws<ArgumentException>(() => LabeledDataset.FromTensors(zeros(4, 3), zeros(4), Three, 2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FromTensors_OneClass_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("two classes or more",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => LabeledDataset.FromTensors(zeros(4, 3), zeros(4, ScalarType.Int64), Three, 1)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_BatchSizeBelowOne_ThrowsAtOnce()
    {
        using var inMemory = InMemory(4);
        using var streamed = Streamed(4, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => inMemory.Batches(0, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => streamed.Batches(0, null));
    }

    [Fact]
    public void Batches_OfAStreamWithAShortRow_NamesTheRow()
    {
        using var data = LabeledDataset.FromStream(() => [new LabeledRow(new float[3], 0), new LabeledRow(new float[2], 1)],
            Three, 2);
        var error = Assert.Throws<InvalidDataException>(() => Pass(data, 8, null).Count);
        Assert.Equal("Row 1 has 2 values, but the data set's shape 3 has 3.", error.Message);
    }

    [Fact]
    public void Batches_OfAStreamThatMixesBytesAndNumbers_NamesTheRow()
    {
        using var data = LabeledDataset.FromStream(() => [new LabeledRow(new float[3], 0), new LabeledRow(new byte[3], 1)], Three,
            2);
        var error = Assert.Throws<InvalidDataException>(() => Pass(data, 8, 1).Count);
        Assert.StartsWith("Row 1 holds bytes, but the rows before it numbers.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_OfAStreamThatChanges_Throws()
    {
        var rows = 4;
        using var data = LabeledDataset.FromStream(() => Enumerable.Range(0, rows).Select(i => new LabeledRow(new float[3], i)),
            Three, 2);
        Assert.Null(data.RowCount);
        Assert.Equal(4, Pass(data, 8, null).Single().Length);
        rows = 5;
        var error = Assert.Throws<InvalidDataException>(() => Pass(data, 8, null).Count);
        Assert.StartsWith("The data set had 4 rows on an earlier pass and has 5 on this one.", error.Message,
            StringComparison.Ordinal);
    }

    private static List<long[]> Pass(LabeledDataset data, int batchSize, ulong? seed)
    {
        var batches = new List<long[]>();
        foreach (var batch in data.Batches(batchSize, seed))
        {
            using (batch) batches.Add(batch.Rows.ToArray());
        }

        return batches;
    }

    private static float[] Row(int i) => [i, i + 0.25f, i + 0.5f];

    private static LabeledDataset InMemory(int rows) => LabeledDataset.FromTensors(
        tensor(Enumerable.Range(0, rows).SelectMany(Row).ToArray()).view(rows, 3),
        tensor(Enumerable.Range(0, rows).Select(i => i % 2L).ToArray()), Three, 2);

    private static LabeledDataset Streamed(int rows, int poolRows)
    {
        IEnumerable<LabeledRow> Rows()
        {
            var reused = new float[3];
            for (var i = 0; i < rows; i++)
            {
                Row(i).CopyTo(reused, 0);
                yield return new LabeledRow(reused, i % 2);
            }
        }

        return LabeledDataset.FromStream(Rows, Three, 2, poolRows);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Rows;

/// <summary>The contract of every step that computes rows in batches, tried on the robust classifier.</summary>
public sealed class BatchedDataViewTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _data;

    public BatchedDataViewTests()
    {
        _data = _ml.Data.Cache(TwoDimensionalClasses.Keyed(_ml, rows: 50));
        _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
    }

    public void Dispose() => _classifier.Dispose();

    [Fact]
    public void Transform_ReadsNothingUntilACursorMoves()
    {
        var watched = new RecordingDataView(_data);
        var scored = _classifier.Transform(watched);
        Assert.Empty(watched.Opened);
        using var cursor = scored.GetRowCursor(scored.Schema);
        Assert.Equal(0, watched.RowsRead);
    }

    [Fact]
    public void Cursor_WithoutOutputs_OpensOneCursorAndReadsNoFeatures()
    {
        var watched = new RecordingDataView(_data);
        var scored = _classifier.Transform(watched);
        using (var cursor = scored.GetRowCursor([scored.Schema["Kind"]]))
        {
            while (cursor.MoveNext())
                Assert.False(cursor.IsColumnActive(scored.Schema["Score"]));
        }

        Assert.Equal(["Kind"], Assert.Single(watched.Opened));
        Assert.Equal(50, watched.RowsRead);
    }

    [Fact]
    public void Cursor_WithOutputs_OpensOneCursor_OfTheColumnsNeeded_AndClosesIt()
    {
        var watched = new RecordingDataView(_data);
        var scored = _classifier.Transform(watched);
        using (var cursor = scored.GetRowCursor([scored.Schema["Kind"], scored.Schema["Score"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal(["Kind", "Features"], Assert.Single(watched.Opened));
        Assert.Equal(1, watched.Closed);
    }

    [Fact]
    public void Cursor_GivesPassedColumnsBesideTheirOwnScores()
    {
        var scored = _classifier.Transform(_data);
        using var cursor = scored.GetRowCursor(scored.Schema);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> features = default, score = default;
        var rows = 0;
        while (cursor.MoveNext())
        {
            getScore(ref score);
            getFeatures(ref features);
            Assert.Equal(rows, cursor.Position);
            AssertClose(Alone(features.DenseValues().ToArray()), score.DenseValues().ToArray());
            rows++;
        }

        Assert.Equal(50, rows);
    }

    [Fact]
    public void Cursors_AreIndependent()
    {
        var scored = _classifier.Transform(_data);
        var alone = TwoDimensionalClasses.Scores(scored);
        using var first = scored.GetRowCursor(scored.Schema);
        using var second = scored.GetRowCursor(scored.Schema);
        for (var i = 0; i < 7; i++)
            first.MoveNext();
        Assert.Equal(alone.Select(row => row.Score), TwoDimensionalClasses.Scores(second).Select(row => row.Score));
        VBuffer<float> score = default;
        first.GetGetter<VBuffer<float>>(scored.Schema["Score"])(ref score);
        Assert.Equal(alone[6].Score, score.DenseValues());
    }

    [Fact]
    public void Cursor_Shuffled_GivesTheSameRowsInAnotherOrder()
    {
        var scored = _classifier.Transform(_data);
        Assert.True(scored.CanShuffle);
        var inOrder = ByFeatures(scored, null);
        var shuffled = ByFeatures(scored, new Random(3));
        Assert.NotEqual(inOrder.Keys, shuffled.Keys);
        Assert.Equal(inOrder.Keys.Order(StringComparer.Ordinal), shuffled.Keys.Order(StringComparer.Ordinal));
        foreach (var (features, score) in shuffled)
            AssertClose(inOrder[features], score);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    [InlineData(1000)]
    public void BatchSize_DoesNotChangeValues(int batchSize)
    {
        var other = new NeuralClassifierTransformer(
            ((Microsoft.ML.Runtime.IHostEnvironment)_ml).Register("Test"), _classifier.Features, null, 3,
            ClassifierKind.Multiclass, _classifier.Architecture, _classifier.Network, TorchSharp.torch.CPU, batchSize);
        var expected = TwoDimensionalClasses.Scores(_classifier.Transform(_data));
        var found = TwoDimensionalClasses.Scores(other.Transform(_data));
        Assert.Equal(expected.Count, found.Count);
        for (var i = 0; i < found.Count; i++)
        {
            AssertClose(expected[i].Score, found[i].Score);
            Assert.Equal(expected[i].PredictedLabel, found[i].PredictedLabel);
        }
    }

    [Fact]
    public void Getter_OfAColumnNotAskedFor_Throws()
    {
        var scored = _classifier.Transform(_data);
        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Kind"]));
    }

    [Fact]
    public void Getter_OfAnotherType_Throws()
    {
        var scored = _classifier.Transform(_data);
        using var cursor = scored.GetRowCursor(scored.Schema);
        var error = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Score"]));
        Assert.StartsWith("Invalid TValue: 'System.Single'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Getter_BeforeTheFirstRow_Throws()
    {
        var scored = _classifier.Transform(_data);
        using var cursor = scored.GetRowCursor(scored.Schema);
        var get = cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]);
        uint label = 0;
        var error = Assert.Throws<InvalidOperationException>(() => get(ref label));
        Assert.Contains("call MoveNext first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_ScoreAtTheSameTime()
    {
        var expected = TwoDimensionalClasses.Scores(_classifier.Transform(_data)).Select(row => row.Score).ToList();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            var found = TwoDimensionalClasses.Scores(_classifier.Transform(_data)).Select(row => row.Score).ToList();
            for (var i = 0; i < found.Count; i++)
                AssertClose(expected[i], found[i]);
        });
    }

    [Fact]
    public void Scoring_LeavesNoNativeTensorsBehind() =>
        LiveTensors.AssertNoneLeft(() => TwoDimensionalClasses.Scores(_classifier.Transform(_data)));

    [Fact]
    public void Disposed_SaysSo()
    {
        var scored = _classifier.Transform(_data);
        _classifier.Dispose();
        _classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => TwoDimensionalClasses.Scores(scored));
        Assert.Throws<ObjectDisposedException>(() => _classifier.Transform(_data));
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.Save(_classifier, _data.Schema, Stream.Null));
    }

    private static Dictionary<string, float[]> ByFeatures(IDataView scored, Random? random)
    {
        using var cursor = scored.GetRowCursor(scored.Schema, random);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> features = default, score = default;
        var rows = new Dictionary<string, float[]>();
        while (cursor.MoveNext())
        {
            getFeatures(ref features);
            getScore(ref score);
            rows.Add(string.Join(' ', features.DenseValues()), score.DenseValues().ToArray());
        }

        return rows;
    }

    // One row through the network, without any of the classes under test.
    private float[] Alone(float[] features)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var noGradient = TorchSharp.torch.no_grad();
        return TorchSharp.torch.nn.functional.softmax(_classifier.Network.call(TorchSharp.torch.tensor(features).reshape(1, -1)),
            1).data<float>().ToArray();
    }

    private static void AssertClose(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-5f);
    }
}

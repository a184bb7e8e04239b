using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Corruptions;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;

namespace ML.Robustness.Transforms.Tests.Rows;

/// <summary>Each step reads its source once: sources that give their rows once, or others on each pass, come out right.</summary>
public sealed class OneCursorTests : IDisposable
{
    private const string Steps = "Classifier PgdAugment SmoothGradExplain Corrupt Interleaved Following Robust RandomLabels " +
        "MislabeledOnly";

    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer _classifier;

    public OneCursorTests() => _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);

    public static TheoryData<string> StepNames => [.. Steps.Split(' ')];

    private sealed class Point
    {
        public float Number { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Drawn
    {
        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];

        public float Mark { get; set; }
    }

    private sealed class Fragile
    {
        [NoColumn]
        public bool IsBroken { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features
        {
            get => IsBroken ? throw new TimeoutException("The service does not answer.") : field;
            set;
        } = [];
    }

    public void Dispose() => _classifier.Dispose();

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public void OneShotSource_GivesEveryRowItsOwnScore(int rows)
    {
        var points = TwoDimensionalClasses.Make(rows);
        var scored = _classifier.Transform(OneShotSource.Of(_ml, points));
        using var cursor = scored.GetRowCursor(scored.Schema);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> features = default, score = default;
        var row = 0;
        for (; cursor.MoveNext(); row++)
        {
            getFeatures(ref features);
            getScore(ref score);
            Assert.Equal(points[row].Features, features.DenseValues());
            Augmented.AssertClose(Alone(points[row].Features), [.. score.DenseValues()]);
        }

        Assert.Equal(rows, row);
        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public void OneShotSource_GivesWhatRowsInMemoryGive(string step)
    {
        var points = Points(rows: 100);
        var fitted = Fit(step, points);
        var expected = Table(fitted.Transform(_ml.Data.LoadFromEnumerable(points)));
        Assert.InRange(expected.Count, step == "MislabeledOnly" ? 1 : 100, 200);
        Assert.Equal(expected, Table(fitted.Transform(OneShotSource.Of(_ml, points))));
        (fitted as IDisposable)?.Dispose();
    }

    [Theory]
    [InlineData(FeatureDatasetKind.Robust)]
    [InlineData(FeatureDatasetKind.NonRobust)]
    public void OneShotSource_GivenToFit_StartsFromTheSameRows(FeatureDatasetKind kind)
    {
        var points = Points(rows: 50);
        var data = _ml.Data.LoadFromEnumerable(points);
        var estimator = CreatedRows.Estimator(_ml, kind, [_classifier], options => options.LabelColumnName = "Number");
        using var expected = estimator.Fit(data);
        using var found = estimator.Fit(OneShotSource.Of(_ml, points));
        Assert.Equal(Table(expected.Transform(data)), Table(found.Transform(data)));
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public void Upstream_RunsOncePerRow_WhateverComesAfter(string step)
    {
        var points = Points(rows: 50);
        var calls = 0;
        var fitted = Fit(step, points);
        var counted = _ml.Transforms.CustomMapping<Point, Drawn>((from, to) =>
        {
            Interlocked.Increment(ref calls);
            (to.Features, to.Mark) = (from.Features, from.Number);
        }, null);
        for (var later = 0; later <= 3; later++)
        {
            var watched = new RecordingDataView(_ml.Data.LoadFromEnumerable(points));
            var view = fitted.Transform(counted.Fit(watched).Transform(watched));
            for (var i = 0; i < later; i++)
                view = _ml.Transforms.SmoothGradExplain(_classifier, $"Explanation{i}").Fit(view).Transform(view);
            calls = 0;
            watched.Opened.Clear();
            Table(view);
            Assert.Equal((50, 50, 1, watched.Opened.Count), (calls, watched.RowsRead, watched.Opened.Count, watched.Closed));
        }

        (fitted as IDisposable)?.Dispose();
    }

    [Fact]
    public void Attack_RunsOncePerRow_WhateverComesAfter()
    {
        using var network = new CountingNetwork(_classifier.Network);
        var attacked = new NeuralClassifierTransformer(((IHostEnvironment)_ml).Register("Test"), _classifier.Features,
            _classifier.KeyValues, 3, ClassifierKind.Multiclass, _classifier.Architecture, network, torch.CPU, batchSize: 16);
        var view = Augmented.Estimator(_ml, attacked, options => options.LabelColumnName = "Number")
            .Fit(_ml.Data.LoadFromEnumerable(Points(rows: 40))).Transform(_ml.Data.LoadFromEnumerable(Points(rows: 40)));
        network.ResetCount();
        Table(view);
        var alone = network.Rows;
        Assert.True(alone >= 40);
        for (var later = 1; later <= 3; later++)
        {
            view = _ml.Transforms.SmoothGradExplain(_classifier, $"Explanation{later}").Fit(view).Transform(view);
            network.ResetCount();
            Table(view);
            Assert.Equal(alone, network.Rows);
        }
    }

    [Fact]
    public void RandomUpstream_GetsTheScoreOfItsOwnValue()
    {
        var (random, gate) = (new Random(5), new Lock());
        var view = _ml.Data.LoadFromEnumerable(Points(rows: 40));
        // ML.NET calls a mapping from several threads.
        var drawn = _ml.Transforms.CustomMapping<Point, Drawn>((_, to) =>
        {
            lock (gate)
                to.Features = [.. Enumerable.Range(0, 4).Select(_ => random.NextSingle())];
        }, null).Fit(view).Transform(view);
        var scored = _classifier.Transform(drawn);
        using var cursor = scored.GetRowCursor(scored.Schema);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        var getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> features = default, score = default;
        var rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            getScore(ref score);
            getFeatures(ref features);
            Augmented.AssertClose(Alone([.. features.DenseValues()]), [.. score.DenseValues()]);
        }

        Assert.Equal(40, rows);
    }

    [Fact]
    public void Source_IsReadABatchAhead_NoMore()
    {
        var watched = new RecordingDataView(_ml.Data.LoadFromEnumerable(Points(rows: 100)));
        var view = Fit("Corrupt", Points(rows: 9), batchSize: 16).Transform(watched);
        using var cursor = view.GetRowCursor(view.Schema);
        while (cursor.MoveNext())
            Assert.Equal(Math.Min(100, 16 * (1 + (int)cursor.Position / 16)), watched.RowsRead);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(1000)]
    public void FailureOfTheSource_ComesAtItsRow_AfterAllRowsBefore(int batchSize)
    {
        var points = Points(rows: 60);
        var view = Fit("Corrupt", points, batchSize).Transform(_ml.Data.LoadFromEnumerable(Failing(points, after: 35)));
        using var cursor = view.GetRowCursor(view.Schema);
        var get = cursor.GetGetter<VBuffer<float>>(view.Schema["Corrupted"]);
        VBuffer<float> value = default;
        for (var row = 0; row < 35; row++)
        {
            Assert.True(cursor.MoveNext());
            get(ref value);
            Assert.Equal(4, value.Length);
        }

        for (var again = 0; again < 2; again++)
            Assert.Equal("The disk is gone.", Assert.Throws<IOException>(() => cursor.MoveNext()).Message);
        Assert.Equal(-1, cursor.Position);
        Assert.Throws<InvalidOperationException>(() => get(ref value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void FailureOfAValue_ComesAtItsRow_WhenTheCursorMoves(int batchSize)
    {
        var points = Points(rows: 60).Select(point => new Fragile { Features = point.Features }).ToArray();
        points[35].IsBroken = true;
        var view = Fit("Corrupt", Points(rows: 9), batchSize).Transform(_ml.Data.LoadFromEnumerable(points));
        using var cursor = view.GetRowCursor([view.Schema["Features"], view.Schema["Corrupted"]]);
        for (var row = 0; row < 35; row++)
            Assert.True(cursor.MoveNext());
        Assert.Throws<TimeoutException>(() => cursor.MoveNext());
    }

    [Fact]
    public void CursorSet_IsOneCursorOfAllRows_InTheirOrder()
    {
        var points = Points(rows: 40);
        var view = _classifier.Transform(OneShotSource.Of(_ml, points));
        using var cursor = Assert.Single(view.GetRowCursorSet(view.Schema, 4));
        var getFeatures = cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        VBuffer<float> features = default;
        for (var row = 0; row < 40; row++)
        {
            Assert.True(cursor.MoveNext());
            getFeatures(ref features);
            Assert.Equal(points[row].Features, features.DenseValues());
            Assert.Equal((row, 0), (cursor.Position, cursor.Batch));
        }

        Assert.False(cursor.MoveNext());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void RowThatTheStepRefuses_IsNamedWhenItIsReached_AndTheRowsBeforeAreRight(int batchSize)
    {
        var points = Points(rows: 30);
        var expected = Table(Fit("Corrupt", points, batchSize).Transform(_ml.Data.LoadFromEnumerable(points)));
        points[20].Features[2] = float.NaN;
        var view = Fit("Corrupt", points, batchSize).Transform(_ml.Data.LoadFromEnumerable(points));
        var found = new List<string>();
        var error = Assert.Throws<InvalidOperationException>(() => Table(view, found));
        Assert.StartsWith("Row 20 of column 'Features' holds NaN (slot 2)", error.Message, StringComparison.Ordinal);
        Assert.Equal(expected.Take(20), found);
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public void CursorsLeftEarly_LeaveNoNativeTensorsBehind(string step)
    {
        var points = Points(rows: 60);
        var fitted = Fit(step, points);
        LiveTensors.AssertNoneLeft(() =>
        {
            var view = fitted.Transform(OneShotSource.Of(_ml, points));
            Table(view, [], rows: 5);
            Table(fitted.Transform(OneShotSource.Of(_ml, points)));
        });
        (fitted as IDisposable)?.Dispose();
    }

    private static Point[] Points(int rows) => [.. TwoDimensionalClasses.Make(rows)
        .Select(point => new Point { Number = point.Number, Features = [.. point.Features] })];

    private static IEnumerable<Point> Failing(Point[] points, int after)
    {
        foreach (var point in points.Take(after))
            yield return point;
        throw new IOException("The disk is gone.");
    }

    private ITransformer Fit(string step, Point[] points, int batchSize = 16)
    {
        var data = _ml.Data.LoadFromEnumerable(points);
        return step switch
        {
            "Classifier" => _classifier,
            "PgdAugment" => Augmented.Estimator(_ml, _classifier,
                options => (options.LabelColumnName, options.BatchSize) = ("Number", batchSize)).Fit(data),
            "SmoothGradExplain" => Explained.Estimator(_ml, _classifier, options => options.BatchSize = batchSize).Fit(data),
            "Corrupt" => _ml.Transforms.Corrupt(new()
            {
                InputColumnName = "Features",
                OutputColumnName = "Corrupted",
                Corruption = new GaussianNoise(),
                InputShape = new(1, 2, 2),
                BatchSize = batchSize,
            }).Fit(data),
            "Interleaved" or "Following" => Augmented.RowsEstimator(_ml, _classifier,
                options => (options.LabelColumnName, options.BatchSize, options.Placement) =
                    ("Number", batchSize, Enum.Parse<CopyPlacement>(step))).Fit(data),
            _ => CreatedRows.Estimator(_ml, Enum.Parse<FeatureDatasetKind>(step), [_classifier],
                options => (options.LabelColumnName, options.BatchSize) = ("Number", batchSize)).Fit(data),
        };
    }

    // One row through the network, without any of the classes under test.
    private float[] Alone(float[] features)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return torch.nn.functional.softmax(_classifier.Network.call(torch.tensor(features).reshape(1, -1)), 1)
            .data<float>().ToArray();
    }

    private static List<string> Table(IDataView view)
    {
        var rows = new List<string>();
        Table(view, rows);
        return rows;
    }

    // Each row's id and vectors, to so many digits as kernels agree on for batches of any size.
    private static void Table(IDataView view, List<string> table, int rows = int.MaxValue)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        var getId = cursor.GetIdGetter();
        var getters = view.Schema.Where(column => column.Type is VectorDataViewType { ItemType: NumberDataViewType })
            .Select(column => cursor.GetGetter<VBuffer<float>>(column)).ToList();
        VBuffer<float> value = default;
        DataViewRowId id = default;
        while (table.Count < rows && cursor.MoveNext())
        {
            var line = new List<string>();
            getId(ref id);
            foreach (var get in getters)
            {
                get(ref value);
                line.Add(string.Join(' ', value.DenseValues().Select(one => $"{one:F3}")));
            }

            table.Add($"{id} {string.Join(" | ", line)}");
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.RobustFeatureDataset;

/// <summary>What each kind makes of labels and features.</summary>
public sealed class KindTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly NeuralClassifierTransformer[] _classifiers;

    public KindTests() => _classifiers = CreatedRows.Classifiers(_ml);

    public static TheoryData<FeatureDatasetKind> All => CreatedRows.Kinds;

    public void Dispose() => Array.ForEach(_classifiers, classifier => classifier.Dispose());

    [Theory]
    [MemberData(nameof(All))]
    public void NewLabels_FollowTheirLaw_AndStandForTheSameValues(FeatureDatasetKind kind)
    {
        var data = CreatedRows.Data(_ml, rows: 300);
        using var step = Fit(kind, data);
        var view = step.Transform(data);
        var rows = CreatedRows.Rows(view);
        Assert.Equal(data.Schema["Label"].Type, view.Schema["Label"].Type);
        VBuffer<ReadOnlyMemory<char>> before = default, after = default;
        data.Schema["Label"].GetKeyValues(ref before);
        view.Schema["Label"].GetKeyValues(ref after);
        Assert.Equal(before.DenseValues().Select(value => $"{value}"), after.DenseValues().Select(value => $"{value}"));

        // Steps from the old label to the new.
        var steps = new int[3];
        foreach (var row in rows)
            steps[(row.Label + 3 - row.Old) % 3]++;
        switch (kind)
        {
            case FeatureDatasetKind.Robust or FeatureDatasetKind.NonRobust:
                Assert.Equal([300, 0, 0], steps);
                break;
            case FeatureDatasetKind.ShiftedLabels or FeatureDatasetKind.NonTransferable:
                Assert.Equal([0, 300, 0], steps);
                break;
            case FeatureDatasetKind.OtherLabels:
                Assert.Equal(0, steps[0]);
                Assert.InRange(ChiSquare(steps[1..]), 0, 10.8); // 0.1 % of one degree of freedom
                break;
            case FeatureDatasetKind.MislabeledOnly:
                Assert.Equal(0, steps[0]);
                Assert.InRange(rows.Count, 1, 299);
                break;
            default:
                Assert.InRange(ChiSquare(steps), 0, 13.8); // of two
                break;
        }
    }

    [Fact]
    public void LeakageControl_HasTheLabelsOfRandomLabels_AndLeavesTheRightRowsAlone()
    {
        var data = CreatedRows.Data(_ml);
        using var random = Fit(FeatureDatasetKind.RandomLabels, data);
        using var control = Fit(FeatureDatasetKind.LeakageControl, data);
        var rows = CreatedRows.Rows(control.Transform(data));
        Assert.Equal(CreatedRows.Rows(random.Transform(data)).Select(row => row.Label), rows.Select(row => row.Label));
        foreach (var (row, old) in rows.Zip(Augmented.Vectors(data, "Features")))
            Assert.Equal(row.Label == row.Old, row.Features.SequenceEqual(old));
    }

    [Fact]
    public void MislabeledOnly_HasTheRowsThatTheClassifierGetsWrong()
    {
        var data = CreatedRows.Data(_ml);
        using var step = Fit(FeatureDatasetKind.MislabeledOnly, data);
        Assert.False(step.IsRowToRowMapper);
        var view = step.Transform(data);
        Assert.Null(view.GetRowCount());
        var scored = TwoDimensionalClasses.Scores(_classifiers[0].Transform(data));
        var numbers = data.GetColumn<float>("Number").ToArray();
        var features = Augmented.Vectors(data, "Features");
        var wrong = Enumerable.Range(0, scored.Count).Where(row => scored[row].PredictedLabel != numbers[row] + 1).ToArray();
        var rows = CreatedRows.Rows(view);
        Assert.NotEmpty(wrong);
        Assert.Equal(wrong.Select(row => scored[row].PredictedLabel), rows.Select(row => row.Label));
        Assert.Equal(wrong.Select(row => features[row]), rows.Select(row => row.Features));
        Assert.Contains("drops rows",
            Assert.Throws<InvalidOperationException>(() => ((ITransformer)step).GetRowToRowMapper(data.Schema)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_TellOfTheSearch()
    {
        var data = CreatedRows.Data(_ml);
        using var matched = Fit(FeatureDatasetKind.Robust, data,
            options => (options.StartIndexColumnName, options.FeatureDistanceColumnName) = ("Start", "Distance"));
        var view = matched.Transform(data);
        var starts = view.GetColumn<long>("Start").ToArray();
        Assert.All(starts.Select((start, row) => (start, row)),
            pair => Assert.True(pair.start != pair.row && pair.start is >= 0 and < 60));
        Assert.True(starts.Distinct().Count() > 20);
        Assert.All(view.GetColumn<float>("Distance"), distance => Assert.InRange(distance, 0, 2));

        // In one tiny step a row is still where it started.
        using var barely = Fit(FeatureDatasetKind.Robust, data,
            options => (options.StartIndexColumnName, options.Steps, options.StepSize) = ("Start", 1, 1e-7));
        var rows = CreatedRows.Rows(barely.Transform(data));
        var features = Augmented.Vectors(data, "Features");
        for (var row = 0; row < rows.Count; row++)
            Augmented.AssertClose(features[(int)starts[row]], rows[row].Features);

        using var bugs = Fit(FeatureDatasetKind.NonTransferable, data,
            options => (options.SuccessColumnName, options.EnsembleCorrectColumnName) = ("Fooled", "Right"));
        view = bugs.Transform(data);
        var hidden = _ml.Transforms.DropColumns("Fooled", "Right").Fit(view).Transform(view);
        var labels = CreatedRows.Rows(view);
        Assert.Equal(
            TwoDimensionalClasses.Scores(_classifiers[0].Transform(hidden))
                .Zip(labels, (scored, row) => scored.PredictedLabel == row.Label), view.GetColumn<bool>("Fooled"));
        var others = TwoDimensionalClasses.Scores(_classifiers[1].Transform(hidden))
            .Zip(TwoDimensionalClasses.Scores(_classifiers[2].Transform(hidden)));
        Assert.Equal(
            others.Zip(labels, (pair, row) => pair.First.PredictedLabel == row.Old && pair.Second.PredictedLabel == row.Old),
            view.GetColumn<bool>("Right"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Bytes_ComeOutAsBytes_InsideTheBall(FeatureDatasetKind kind)
    {
        var data = TwoDimensionalClasses.Bytes(_ml, rows: 60);
        var classifiers = Enumerable.Range(1, 2)
            .Select(
                seed => TwoDimensionalClasses.Trainer(_ml,
                    options => (options.LabelColumnName, options.Epochs, options.Seed) = ("Number", 1, (ulong)seed)).Fit(data))
                    .ToArray();
        foreach (var ball in new[] { ThreatModel.L2(0.2), ThreatModel.LInf(0.06) })
        {
            using var step = CreatedRows.Estimator(_ml, kind, classifiers,
                options => (options.LabelColumnName, options.ThreatModel, options.OutputColumnName,
                    options.InputColumnName) = ("Number", CreatedRows.NeedsBall(kind) ? ball : null, "New", "Features"))
                    .Fit(data);
            var view = step.Transform(data);
            Assert.Equal(data.Schema["Features"].Type, view.Schema["New"].Type);
            Assert.Equal(NumberDataViewType.Single, view.Schema["Number"].Type);
            var (old, made) = (Bytes(view, "Features"), Bytes(view, "New"));
            Assert.All(view.GetColumn<float>("Number"), label => Assert.Contains(label, new[] { 0f, 1, 2 }));
            if (!CreatedRows.NeedsBall(kind))
                continue;
            Assert.NotEqual(old, made);
            foreach (var (from, to) in old.Zip(made))
            {
                var change = from.Zip(to, (a, b) => (a - b) / 255.0).ToArray();
                var distance = ball.Name == "L2" ? Math.Sqrt(change.Sum(value => value * value)) : change.Max(Math.Abs);
                Assert.InRange(distance, 0, ball.Epsilon + 1e-6);
            }
        }

        Array.ForEach(classifiers, classifier => classifier.Dispose());
    }

    [Fact]
    public void Features_StayInTheBall_AndTheRange()
    {
        var data = CreatedRows.Data(_ml);
        var old = Augmented.Vectors(data, "Features");
        foreach (var kind in Enum.GetValues<FeatureDatasetKind>().Where(CreatedRows.NeedsBall))
        {
            using var step = Fit(kind, data, options => options.ThreatModel = ThreatModel.LInf(0.1));
            foreach (var (from, row) in old.Zip(CreatedRows.Rows(step.Transform(data))))
                Assert.All(from.Zip(row.Features),
                    pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 0.1 + 1e-6 && pair.Second is >= 0 and <= 1));
        }

        using var matched = Fit(FeatureDatasetKind.NonRobust, data, options => options.Range = new ValueRange(0, 0.85));
        Assert.All(CreatedRows.Rows(matched.Transform(_ml.Data.TakeRows(data, 3))),
            row => Assert.All(row.Features, value => Assert.InRange(value, 0, 0.85f)));
    }

    private RobustFeatureDatasetTransformer Fit(FeatureDatasetKind kind, IDataView data,
        Action<RobustFeatureDatasetEstimator.Options>? change = null) =>
        CreatedRows.Estimator(_ml, kind, _classifiers, change).Fit(data);

    private static double ChiSquare(int[] counts)
    {
        var expected = counts.Sum() / (double)counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    private static List<byte[]> Bytes(IDataView data, string column)
    {
        using var cursor = data.GetRowCursor([data.Schema[column]]);
        var get = cursor.GetGetter<VBuffer<byte>>(data.Schema[column]);
        var rows = new List<byte[]>();
        VBuffer<byte> value = default;
        while (cursor.MoveNext())
        {
            get(ref value);
            rows.Add([.. value.DenseValues()]);
        }

        return rows;
    }
}

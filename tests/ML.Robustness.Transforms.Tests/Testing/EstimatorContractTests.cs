using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>The contract of an estimator, tested for every step.</summary>
public sealed class EstimatorContractTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> All => StepTable.Names;

    public static TheoryData<string> WithClassifier => StepTable.NamesWithClassifier;

    [Theory]
    [MemberData(nameof(All))]
    public void Fit_ReadsOnlyWhatItNeeds(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var watched = new RecordingDataView(step.Data);
        using var fitted = step.Create(null).Fit(watched) as IDisposable;
        Assert.Equal(step.ReadByFit, Columns(watched));
        Assert.Equal(watched.Opened.Count, watched.Closed);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void PredictedSchema_EqualsTheRealOne(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var schema = EstimatorContract.AssertPredictsItsSchema(step.Create(null), step.Data);
        Assert.All(step.Outputs, output => Assert.NotNull(schema.GetColumnOrNull(output)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Transform_IsLazy_AndReadsOnlyWhatItNeeds(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var watched = new RecordingDataView(step.Data);
        var view = fitted.Transform(watched);
        Assert.Empty(watched.Opened);
        if (step.IsRowToRow)
        {
            using (var cursor = view.GetRowCursor([view.Schema["Number"]]))
                Assert.True(cursor.MoveNext());
            Assert.Equal([["Number"]], watched.Opened);
            watched.Opened.Clear();
        }

        var closed = watched.Closed;
        var outputs = step.Outputs.Where(output => output != "Kind").Select(output => view.Schema[output]);
        using (var cursor = view.GetRowCursor(outputs))
            Assert.True(cursor.MoveNext());
        Assert.Equal(step.Reads, Columns(watched));
        Assert.Equal(watched.Opened.Count, watched.Closed - closed);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void BatchSize_DoesNotChangeValues(string name)
    {
        using var step = StepTable.Create(_ml, name);
        if (step.DependsOnBatchSize)
            Assert.Skip("The batches of training are part of its result.");
        var expected = step.Rows();
        Assert.All(new[] { 1, 7, 1000 }, size => RowContent.AssertSame(expected, step.Rows(size)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void SameSeed_GivesTheSameValues(string name)
    {
        using var step = StepTable.Create(_ml, name);
        RowContent.AssertSame(step.Rows(), step.Rows(), 0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Order_DoesNotChangeValues(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var view = fitted.Transform(step.Data);
        Assert.True(view.CanShuffle);
        var inOrder = RowContent.Read(view, step.Outputs);
        var shuffled = RowContent.Read(view, step.Outputs, new Random(3));
        Assert.NotEqual(inOrder.Select(row => row.Id), shuffled.Select(row => row.Id));
        RowContent.AssertSame(Sorted(inOrder), Sorted(shuffled));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void FilteredRows_DoNotChangeTheOthers(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var all = RowContent.Read(fitted.Transform(step.Data), step.Outputs).ToDictionary(row => row.Id);
        var filtered = _ml.Data.FilterRowsByColumn(step.Data, "Number", lowerBound: 0.5);
        var some = RowContent.Read(fitted.Transform(filtered), step.Outputs);
        if (step.IsRowToRow)
            Assert.InRange(some.Count, 1, all.Count - 1);
        RowContent.AssertSame([.. some.Select(row => all[row.Id])], some);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ActiveColumns_DoNotChangeValues(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var view = fitted.Transform(step.Data);
        var all = RowContent.Read(view, step.Outputs);
        var alone = step.Outputs.Select(output => RowContent.Read(view, [output])).ToList();
        var joined = all.Select((row, index) => new RowContent(row.Id, string.Concat(alone.Select(rows => rows[index].Text)),
            [.. alone.SelectMany(rows => rows[index].Numbers)]));
        RowContent.AssertSame(all, [.. joined], 0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Cursors_AreIndependent(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(8).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var view = fitted.Transform(step.Data);
        var alone = RowContent.Read(view, step.Outputs);
        using var first = view.GetRowCursor(step.Outputs.Select(output => view.Schema[output]));
        for (var i = 0; i < 3; i++)
            Assert.True(first.MoveNext());
        RowContent.AssertSame(alone, RowContent.Read(view, step.Outputs));
        var (text, numbers) = RowContent.Reader(first, step.Outputs)();
        Assert.Equal(2, first.Position);
        RowContent.AssertSame([alone[2]], [new RowContent(alone[2].Id, text, numbers)]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Threads_WorkAtTheSameTime(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var view = fitted.Transform(step.Data);
        var expected = RowContent.Read(view, step.Outputs);
        Parallel.For(0, 4, _ => RowContent.AssertSame(expected, RowContent.Read(view, step.Outputs)));
        Assert.DoesNotContain(step.Classifiers.SelectMany(classifier => classifier.Network.parameters()),
            parameter => parameter.requires_grad);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Work_LeavesNoNativeTensorsBehind(string name)
    {
        using var step = StepTable.Create(_ml, name);
        LiveTensors.AssertNoneLeft(() => step.Rows(),
            name == "AdversarialTraining" ? TwoDimensionalClasses.BareNetwork : null);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void SavedAndLoaded_GivesTheSameColumnsAndValues(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var fitted = step.Create(7).Fit(step.Data);
        using var owned = fitted as IDisposable;
        using var loaded = EstimatorContract.AssertComesBack(_ml, fitted, step.Data, step.Outputs) as IDisposable;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void MissingAndWrongColumns_AreNamedAlike_ByFitAndGetOutputSchema(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var estimator = step.Create(null);
        foreach (var (role, column, expected) in step.Inputs)
        {
            var without = _ml.Transforms.DropColumns(column).Fit(step.Data).Transform(step.Data);
            EstimatorContract.AssertRefusesColumns(estimator, without, $"Could not find {role} column '{column}'.");
            var wrong = _ml.Transforms.CopyColumns(column, step.TextColumn).Fit(without).Transform(without);
            var message = EstimatorContract.AssertRefusesColumns(estimator, wrong,
                $"Schema mismatch for {role} column '{column}': expected {expected}");
            Assert.Contains("got String.", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(WithClassifier))]
    public void FeaturesUnlikeThoseOfTraining_AreNamed(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var estimator = step.Create(null);
        var bytes = TwoDimensionalClasses.Bytes(_ml);
        bytes = _ml.Transforms.CopyColumns("Label", "Number").Fit(bytes).Transform(bytes);
        EstimatorContract.AssertRefusesColumns(estimator, bytes,
            "Schema mismatch for feature column 'Features': expected Vector<Single> as the classifier was trained on, got "
            + "Vector<Byte>.");
        var longer = _ml.Transforms.Concatenate("Features", "Features", "Number").Fit(step.Data).Transform(step.Data);
        Assert.StartsWith(
            "Schema mismatch for feature column 'Features': expected Vector<Single, 4> as in training, got Vector<Single, 5>.",
            Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(longer)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void NullArguments_AreRefused(string name)
    {
        using var step = StepTable.Create(_ml, name);
        var estimator = step.Create(null);
        Assert.Throws<ArgumentNullException>(() => estimator.Fit(null!));
        Assert.Throws<ArgumentNullException>(() => estimator.GetOutputSchema(null!));
        var fitted = estimator.Fit(step.Data);
        using var owned = fitted as IDisposable;
        Assert.Throws<ArgumentNullException>(() => fitted.Transform(null!));
        Assert.Throws<ArgumentNullException>(() => fitted.GetOutputSchema(null!));
    }

    private static List<string> Columns(RecordingDataView watched) =>
        [.. watched.Opened.SelectMany(columns => columns).Distinct().Order(StringComparer.Ordinal)];

    private static List<RowContent> Sorted(List<RowContent> rows) => [.. rows.OrderBy(row => row.Id, StringComparer.Ordinal)];
}

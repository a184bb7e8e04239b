using Microsoft.ML;
using ML.Robustness.Corruptions;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.Corruptions;
using ML.Robustness.Transforms.Tests.PgdAugment;
using ML.Robustness.Transforms.Tests.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Rows;

/// <summary>What steps make of the parts of a view, one after the other, is what they make of the view.</summary>
public sealed class StepPartsTests
{
    private static readonly int[][] Splits = [[0, 50], [1, 49], [20, 0, 1, 29], [7, 7, 7, 29], [49, 1, 0], [3, 1, 1, 1, 20, 24]];

    // Copies behind all rows stand behind those of their part; a heatmap draws no random number, and ML.NET's cache keeps no
    // image.
    public static TheoryData<string> Steps =>
        [.. StepTable.Names.Select(row => row.Data).Except(["PgdAugmentRows following", "RenderHeatmap"])];

    public static TheoryData<string> Kinds => [.. Enum.GetNames<FeatureDatasetKind>()];

    [Theory]
    [MemberData(nameof(Steps))]
    public void EveryStep_OnNumberedParts_GivesTheRowsOfTheWhole(string name)
    {
        var ml = new MLContext(seed: 1);
        using var step = StepTable.Create(ml, name);
        var fitted = step.Create(null).Fit(step.Data);
        using var owned = fitted as IDisposable;
        var expected = RowContent.Read(fitted.Transform(step.Data), step.Outputs);
        var rows = (int)(step.Data.GetRowCount() ?? 50);
        foreach (var split in Splits)
        {
            var found = new List<RowContent>();
            var first = 0;
            foreach (var count in split)
            {
                var part = ml.Data.NumberRows(Own(ml, step.Data, first, count), first);
                found.AddRange(RowContent.Read(fitted.Transform(part), step.Outputs));
                first += Math.Min(count, rows - first);
            }
            found.AddRange(RowContent.Read(
                fitted.Transform(ml.Data.NumberRows(Own(ml, step.Data, first, rows - first), first)), step.Outputs));
            RowContent.AssertSame(expected, found);
        }
    }

    [Theory]
    [InlineData("PgdAugment")]
    [InlineData("PgdAugmentRows")]
    [InlineData("SmoothGradExplain")]
    [InlineData("Corrupt")]
    public void FirstRow_OnRowsOfAPart_GivesTheRowsOfTheWhole(string name)
    {
        var ml = new MLContext(seed: 1);
        using var classifier = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        var data = name == "Corrupt" ? ml.Data.Cache(Corrupted.View(ml))
            : ml.Data.Cache(TwoDimensionalClasses.Keyed(ml, rows: 50));
        IEstimator<ITransformer> Step(long first, int size) => name switch
        {
            "PgdAugment" => Augmented.Estimator(ml, classifier,
                options => (options.Seed, options.FirstRow, options.BatchSize) = (4, first, size)),
            "PgdAugmentRows" => Augmented.RowsEstimator(ml, classifier, options =>
                (options.Seed, options.FirstRow, options.BatchSize, options.Fraction) = (4, first, size, 0.5)),
            "SmoothGradExplain" => Explained.Estimator(ml, classifier,
                options => (options.Seed, options.FirstRow, options.BatchSize) = (4, first, size)),
            _ => Corrupted.Estimator(ml, options =>
                (options.Seed, options.FirstRow, options.BatchSize, options.Corruption) = (4, first, size, new GaussianNoise())),
        };
        string[] outputs = name switch
        {
            "PgdAugment" => ["Adversarial", "Success"],
            "PgdAugmentRows" => ["Features", "IsAdversarial"],
            "SmoothGradExplain" => ["Explanation"],
            _ => ["Corrupted"],
        };
        Check(ml, data, (first, size) => Step(first, size).Fit(data), outputs);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void FirstRow_OfAFeatureDataset_GivesTheRowsOfTheWhole(string name)
    {
        var ml = new MLContext(seed: 1);
        var classifiers = CreatedRows.Classifiers(ml);
        var data = ml.Data.Cache(CreatedRows.Data(ml));
        Check(ml, data, (first, size) => CreatedRows.Estimator(ml, Enum.Parse<FeatureDatasetKind>(name), classifiers,
            options => (options.Seed, options.FirstRow, options.BatchSize) = (4, first, size)).Fit(data), ["Features", "Label"]);
        Array.ForEach(classifiers, classifier => classifier.Dispose());
    }

    [Fact]
    public void FirstRow_OfAFeatureDatasetFittedOnAPart_IsRefused()
    {
        var ml = new MLContext(seed: 1);
        var classifiers = CreatedRows.Classifiers(ml);
        var part = Own(ml, CreatedRows.Data(ml), 20, 10);
        using var step = CreatedRows.Estimator(ml, FeatureDatasetKind.Robust, classifiers, options => options.FirstRow = 20)
            .Fit(part);
        Assert.StartsWith(
            "Row 20 of the whole is none of the 10 rows that the step was fitted on, but Robust starts each search from "
                + "another row "
            + "of the whole. Call Fit with all rows of the whole",
            Assert.Throws<InvalidOperationException>(() => RowContent.Read(step.Transform(part), ["Features"])).Message);
        Array.ForEach(classifiers, classifier => classifier.Dispose());
    }

    [Fact]
    public void FirstRow_IsNotSaved_AndNumberRowsTakesItsPlace()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.Cache(Corrupted.View(ml));
        var step = Corrupted.Estimator(ml, options => (options.FirstRow, options.Corruption) = (3, new GaussianNoise()))
            .Fit(data);
        Assert.Equal(3, step.FirstRow);
        using var file = new MemoryStream();
        ml.Model.Save(step, data.Schema, file);
        file.Position = 0;
        var loaded = ml.Model.Load(file, out _);
        Assert.Equal(0, Assert.IsType<ML.Robustness.Transforms.Corruptions.CorruptTransformer>(loaded).FirstRow);
        var part = Own(ml, data, 3, 2);
        RowContent.AssertSame(RowContent.Read(step.Transform(part), ["Corrupted"]),
            RowContent.Read(loaded.Transform(ml.Data.NumberRows(part, 3)), ["Corrupted"]), 0);
    }

    [Fact]
    public void CopiesBehindAllRows_AreRefusedInAPart()
    {
        var ml = new MLContext(seed: 1);
        using var classifier = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        Assert.StartsWith(
            "Options.FirstRow is 5, but Options.Placement is Following, which puts the copies behind all rows of the whole, "
                + "where a "
            + "part of it cannot put them. Set Placement to Interleaved.",
            Assert.Throws<ArgumentException>(() => Augmented.RowsEstimator(ml, classifier,
                options => (options.FirstRow, options.Placement) = (5, CopyPlacement.Following))).Message);
        Assert.Equal("FirstRow",
            Assert.Throws<ArgumentOutOfRangeException>(() => new PgdAugmentEstimator.Options { FirstRow = -1 }).ParamName);
    }

    [Fact]
    public void NumberRows_GivesNumbers_InAnyOrder_AndRefusesRowsThatHaveNone()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.Cache(TwoDimensionalClasses.Keyed(ml, rows: 50));
        string[] Ids(IDataView view, Random? random = null) =>
            [.. RowContent.Read(view, ["Features"], random).Select(row => row.Id)];
        var whole = Ids(data);
        Assert.Equal(whole[20..], Ids(ml.Data.NumberRows(Own(ml, data, 20, 30), 20)));
        // A view cut out of the whole has its numbers already, and is not numbered twice.
        Assert.Equal(whole[20..], Ids(ml.Data.NumberRows(ml.Data.SkipRows(data, 20), 20)));
        Assert.Equal(whole[20..], Ids(ml.Data.NumberRows(ml.Data.NumberRows(Own(ml, data, 20, 30), 20), 20)));
        var shuffled = Ids(ml.Data.NumberRows(Own(ml, data, 20, 30), 20), new Random(5));
        Assert.NotEqual(whole[20..], shuffled);
        Assert.Equal(whole[20..].Order(), shuffled.Order());
        Assert.Empty(Ids(ml.Data.NumberRows(Own(ml, data, 20, 0), 20)));
        Assert.Same(data, ml.Data.NumberRows(data, 0));
        Assert.Equal("firstRow", Assert.Throws<ArgumentOutOfRangeException>(() => ml.Data.NumberRows(data, -1)).ParamName);

        using var classifier = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        var copies = Augmented.RowsEstimator(ml, classifier, options => options.Fraction = 1).Fit(data);
        Assert.StartsWith("Rows that a step made of other rows have no number of their own",
            Assert.Throws<InvalidOperationException>(() => Ids(ml.Data.NumberRows(copies.Transform(data), 20))).Message);
        // Behind a step that numbers its rows, the copies' ids are those of the whole.
        Assert.Equal(Ids(copies.Transform(data))[40..],
            Ids(ml.Data.NumberRows(copies.Transform(ml.Data.NumberRows(Own(ml, data, 20, 30), 20)), 20)));
    }

    private static void Check(MLContext ml, IDataView data, Func<long, int, ITransformer> fitted, string[] outputs)
    {
        var whole = fitted(0, 8);
        var expected = RowContent.Read(whole.Transform(data), outputs);
        (whole as IDisposable)?.Dispose();
        var rows = RowContent.Read(data, []).Count;
        foreach (var split in Splits)
        {
            var (found, first) = (new List<RowContent>(), 0);
            foreach (var given in (int[])[.. split, rows])
            {
                var count = Math.Min(given, rows - first);
                var step = fitted(first, 5);
                using var owned = step as IDisposable;
                // Rows of their own, and a view of the whole, are the same part.
                var part = RowContent.Read(step.Transform(Own(ml, data, first, count)), outputs);
                RowContent.AssertSame(part,
                    RowContent.Read(step.Transform(Range(ml, data, first, count)), outputs), 0);
                found.AddRange(part);
                first += count;
            }
            RowContent.AssertSame(expected, found);
        }
    }

    /// <summary>Rows of a range, whose ids count from 0.</summary>
    private static IDataView Own(MLContext ml, IDataView data, int first, int count) =>
        ml.Data.Cache(Range(ml, data, first, count));

    // ML.NET skips and takes one row or more.
    private static IDataView Range(MLContext ml, IDataView data, int first, int count) => count == 0
        ? ml.Data.SkipRows(data, 1000)
        : ml.Data.TakeRows(first == 0 ? data : ml.Data.SkipRows(data, first), count);
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Augmentation;
using ML.Robustness.Trees.Certification;
using ML.Robustness.Trees.Tests.Testing;

namespace ML.Robustness.Trees.Tests.Augmentation;

/// <summary>Each row that the attack breaks within the radius has one adversarial copy, and no other row has.</summary>
public class TreeAugmentRowsTests
{
    private const double Epsilon = 0.5;

    private static readonly ColumnRow[] Rows = ColumnRow.Of(150);

    private static readonly Dictionary<string, double> Units = new() { ["Age"] = 10, ["Income"] = 4, ["Debt"] = 2 };

    private readonly MLContext _ml = new(seed: 1);

    public static MatrixTheoryData<TreeNorm, CopyPlacement> Cases =>
        new(Enum.GetValues<TreeNorm>(), Enum.GetValues<CopyPlacement>());

    private IDataView Data => _ml.Data.LoadFromEnumerable(Rows);

    [Theory, MemberData(nameof(Cases))]
    public void Copies_AreTheRowsThatTheAttackBreaks(TreeNorm norm, CopyPlacement placement)
    {
        var model = Fit();
        var found = Read(Augment(model, options => (options.Norm, options.Placement) = (norm, placement)).Transform(Data));

        var report = _ml.BinaryClassification.CertifyTrees(
            model, Data, new TreeCertificationOptions { Norm = norm, Units = Units, Seed = 1 }).Report;
        var broken = report.Rows.Where(row => row.IsCorrect && row.AttackedDistance <= Epsilon).ToArray();
        Assert.InRange(broken.Length, 10, Rows.Length - 10);
        var copies = found.Where(row => row.IsAdversarial).ToArray();
        Assert.Equal(Rows.Select(Text), found.Where(row => !row.IsAdversarial).Select(Text));
        Assert.Equal(broken.Select(row => string.Join(' ', row.AdversarialRow!)), copies.Select(Features));
        Assert.Equal(broken.Select(row => (Rows[row.Row].Label, Rows[row.Row].Color)),
            copies.Select(row => (row.Label, row.Color)));
        var moved = copies.Select(row => new ColumnRow { Age = row.Age, Income = row.Income, Debt = row.Debt });
        Assert.Equal(copies.Select(row => !row.Label),
            model.Transform(_ml.Data.LoadFromEnumerable(moved)).GetColumn<bool>("PredictedLabel"));
        var lastClean = found.FindLastIndex(row => !row.IsAdversarial);
        Assert.Equal(placement == CopyPlacement.Following, lastClean == Rows.Length - 1);
        if (placement == CopyPlacement.Interleaved)
            Assert.All(found.Index().Where(entry => entry.Item.IsAdversarial),
                entry => Assert.Equal(entry.Item.Color, found[entry.Index - 1].Color));
    }

    [Fact]
    public void Copies_LieWithinTheRadiusTheRangesAndTheFixedFeatures()
    {
        var found = Read(Augment(Fit(), options =>
        {
            options.Epsilon = 1;
            options.Units = new Dictionary<string, double>(Units) { ["Age"] = 0 };
            options.Ranges = new Dictionary<string, Data.ValueRange> { ["Debt"] = new(0, 14.5) };
        }).Transform(Data));

        var copies = found.Index().Where(entry => entry.Item.IsAdversarial).ToArray();
        Assert.NotEmpty(copies);
        Assert.All(copies, entry =>
        {
            var (row, copy) = (found[entry.Index - 1], entry.Item);
            Assert.Equal(row.Age, copy.Age);
            Assert.InRange(copy.Debt, 0, 14.5f);
            Assert.InRange(Math.Abs((double)copy.Debt - row.Debt) / 2, 0, 1);
            Assert.InRange(Math.Abs((double)copy.Income - row.Income) / 4, 0, 1);
        });
    }

    [Fact]
    public void ASmallerRadius_AddsNothing()
    {
        var data = Augment(Fit(), options => options.Epsilon = 1e-9).Transform(Data);

        Assert.Null(data.GetRowCount());
        Assert.Equal(Rows.Select(Text), Read(data).Select(Text));
        Assert.Equal(Rows.Length, data.GetRowCount());
    }

    [Fact]
    public void Order_Cursors_AndParts_DoNotChangeARowsCopy()
    {
        var (step, data) = (Augment(Fit()), Data);
        var view = step.Transform(data);
        var whole = Ids(view);

        Assert.Equal(whole.Count, whole.Select(row => row.Id).Distinct().Count());
        Assert.Equal(whole, Ids(view));
        Assert.Equal(whole.Order(), Ids(step.Transform(_ml.Data.Cache(data)), new Random(3)).Order());
        var part = Ids(step.Transform(_ml.Data.NumberRows(_ml.Data.LoadFromEnumerable(Rows[60..]), 60)));
        Assert.Equal(whole[^part.Count..], part);
    }

    [Fact]
    public void Chains_LeaveTheStepOut_AndAreTrainedOnBoth()
    {
        var model = Fit();
        var augment = _ml.Transforms.TreeAugmentRows(Options(model));
        var pipeline = new EstimatorChain<ITransformer>().Append(augment, TransformerScope.TrainTest).Append(Pipeline());

        var refitted = pipeline.Fit(Data);

        var rows = Read(augment.Fit(Data).Transform(Data));
        var expected = Pipeline().Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(Data);
        Assert.Equal(expected.GetColumn<float>("Score"),
            refitted.GetModelFor(TransformerScope.Scoring).Transform(Data).GetColumn<float>("Score"));
        Assert.Throws<InvalidOperationException>(() => augment.Fit(Data).GetRowToRowMapper(Data.Schema));
    }

    [Fact]
    public void SavedSteps_AddTheSameRows()
    {
        var step = Augment(Fit(), options =>
        {
            (options.Norm, options.Placement, options.AttackStarts) = (TreeNorm.L1, CopyPlacement.Following, 3);
            options.Ranges = new Dictionary<string, Data.ValueRange> { ["Debt"] = new(0, 14.5) };
        });
        using var stream = new MemoryStream();
        _ml.Model.Save(step, Data.Schema, stream);
        stream.Position = 0;

        var loaded = new MLContext().Model.Load(stream, out _);

        Assert.Equal(Read(step.Transform(Data)).Select(Text), Read(loaded.Transform(Data)).Select(Text));
    }

    [Fact]
    public void VectorColumns_AreChangedInTheirSlots()
    {
        var rows = Rows.Select((row, index) => new TabularRow
        {
            Label = row.Label,
            Features = [index % 3, row.Age, row.Income, row.Debt, 0, 0, 0, 0, 0],
        }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(rows);
        var model = _ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 10).Fit(data);

        var found = _ml.Data.CreateEnumerable<TabularRow>(
            _ml.Transforms.TreeAugmentRows(model, epsilon: 2).Fit(data).Transform(data), reuseRowObject: false).ToArray();

        var report = _ml.BinaryClassification.CertifyTrees(model, data, new TreeCertificationOptions { Seed = 1 }).Report.Rows
            .Where(row => row.IsCorrect && row.AttackedDistance <= 2).ToArray();
        Assert.NotEmpty(report);
        Assert.Equal(rows.Length + report.Length, found.Length);
        var copies = found.Where((_, index) => index > 0)
            .Where(row => !rows.Any(clean => clean.Features.SequenceEqual(row.Features)));
        Assert.Equal(report.Select(row => row.AdversarialRow), copies.Select(row => row.Features));
    }

    [Fact]
    public void Mistakes_AreNamed()
    {
        var model = Fit();
        Throws(() => Augment(model, options => options.Units = new Dictionary<string, double> { ["Wage"] = 1 }),
            "Units names 'Wage', which is no feature of the model");
        Throws(() => Augment(model, options => options.LabelColumnName = "Truth"), "Could not find label column 'Truth'");
        Throws(() => Augment(Pipeline(trees: false).Fit(Data)), "which has no trees");
        Throws(() => Augment(model, options => options.Model = null), "Options.Model is not set");
        Throws(() => _ml.Transforms.TreeAugmentRows(new TreeAugmentRowsEstimator.Options { Model = model }),
            "Options.Epsilon is not set");
        Throws(() => _ml.Transforms.TreeAugmentRows(model, 0), "Epsilon");
        Throws(() => Augment(model, options => options.AttackStarts = 0), "AttackStarts");
    }

    private static void Throws(Action act, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);

    private static string Features(AugmentedRow row) => string.Join(' ', row.Age, row.Income, row.Debt);

    private static string Text(ColumnRow row) => $"{row.Label} {row.Kind} {row.Color} {row.Age} {row.Income} {row.Debt}";

    private ITransformer Fit() => Pipeline().Fit(Data);

    private EstimatorChain<ITransformer> Pipeline(bool trees = true) =>
        new EstimatorChain<ITransformer>()
            .Append((IEstimator<ITransformer>)_ml.Transforms.Concatenate("Features", "Age", "Income", "Debt"))
            .Append((IEstimator<ITransformer>)_ml.Transforms.NormalizeMinMax("Features"))
            .Append(trees
                ? TreeModels.Trainer(_ml, "FastTree 20")
                : _ml.BinaryClassification.Trainers.SdcaLogisticRegression());

    private static TreeAugmentRowsEstimator.Options Options(ITransformer model) => new()
    {
        Model = model,
        Epsilon = Epsilon,
        Units = Units,
        IsAdversarialColumnName = nameof(AugmentedRow.IsAdversarial),
    };

    private TreeAugmentRowsTransformer Augment(
        ITransformer model, Action<TreeAugmentRowsEstimator.Options>? change = null)
    {
        var options = Options(model);
        change?.Invoke(options);
        return _ml.Transforms.TreeAugmentRows(options).Fit(Data);
    }

    private List<AugmentedRow> Read(IDataView data) =>
        [.. _ml.Data.CreateEnumerable<AugmentedRow>(data, reuseRowObject: false)];

    private static List<(string Id, string Values)> Ids(IDataView data, Random? random = null)
    {
        var found = new List<(string, string)>();
        using var cursor = data.GetRowCursor(data.Schema, random);
        var getId = cursor.GetIdGetter();
        var getters = new[] { "Age", "Income", "Debt" }.Select(name => cursor.GetGetter<float>(data.Schema[name])).ToArray();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getId(ref id);
            found.Add(($"{id}", string.Join(' ', getters.Select(getter =>
            {
                var value = 0f;
                getter(ref value);
                return value;
            }))));
        }
        return found;
    }

    private sealed class AugmentedRow : ColumnRow
    {
        public bool IsAdversarial { get; set; }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>Targets that a rule chooses: the same examples as with a column of the same classes.</summary>
public sealed class TargetTests : IDisposable
{
    private const ulong Seed = 7;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly NeuralClassifierTransformer _classifier;
    private readonly IDataView _data;

    public TargetTests()
    {
        _classifier = TwoDimensionalClasses.Fitted(_ml, options => options.LabelColumnName = "Number");
        _data = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make(rows: 40));
    }

    public static TheoryData<TargetKind, int> Rules => new()
    {
        { TargetKind.LeastLikely, 1 }, { TargetKind.KthLikely, 1 }, { TargetKind.KthLikely, 2 }, { TargetKind.RandomOther, 1 },
    };

    public void Dispose()
    {
        _classifier.Dispose();
        _folder.Dispose();
    }

    private sealed class Aimed
    {
        public float Number { get; set; }

        public float Aim { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class BytesOut
    {
        public float Number { get; set; }

        public byte[] Adversarial { get; set; } = [];

        public bool Success { get; set; }

        public uint Attacked { get; set; }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Examples_AreThoseOfAColumnOfTheSameTargets(TargetKind kind, int rank)
    {
        var targets = Targets(kind, rank);
        var points = TwoDimensionalClasses.Make(rows: 40)
            .Zip(targets, (point, target) => new Aimed { Number = point.Number, Aim = target, Features = point.Features });
        var aimed = _ml.Data.LoadFromEnumerable(points);
        var expected = Augmented.Rows(Step(options => options.TargetColumnName = "Aim").Fit(aimed).Transform(aimed));
        Assert.Equal(expected.Select(Text), Augmented.Rows(Step(kind, rank).Fit(_data).Transform(_data)).Select(Text));
        Assert.Contains(expected, row => row.Success);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Examples_DependOnNoOtherRow(TargetKind kind, int rank)
    {
        var step = Step(options => (options.Target, options.TargetRank, options.BatchSize) = (kind, rank, 7)).Fit(_data);
        var all = Augmented.Rows(step.Transform(_data)).ToDictionary(row => row.Id, row => (row.Success, row.Predicted));
        var some = Augmented.Rows(step.Transform(_ml.Data.FilterRowsByColumn(_ml.Data.Cache(_data), "Number", lowerBound: 0.5)));
        Assert.InRange(some.Count, 20, 30);
        Assert.All(some, row => Assert.Equal(all[row.Id], (row.Success, row.Predicted)));
    }

    [Fact]
    public void RandomTargets_AreEveryOtherClassAndNeverTheLabel()
    {
        var found = Targets(TargetKind.RandomOther, 1)
            .Zip(TwoDimensionalClasses.Make(rows: 40), (target, point) => (Label: (int)point.Number, Target: target)).Distinct()
            .Order();
        Assert.Equal([(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)], found);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Bytes_AreJudgedByTheTarget(TargetKind kind, int rank)
    {
        var data = _ml.Data.LoadFromEnumerable(
            TwoDimensionalClasses.Make(rows: 45)
                .Select(
                    point => new TwoDimensionalClasses.BytePoint
                    {
                        Number = point.Number,
                        Features = [.. point.Features.Select(value => (byte)MathF.Round(value * 255))]
                    }));
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = "Number").Fit(data);
        var step = Augmented.Estimator(_ml, classifier, options =>
            (options.LabelColumnName, options.Target, options.TargetRank, options.Attack) = ("Number", kind, rank,
                new(ThreatModel.LInf(0.4)) { Steps = 10 })).Fit(data);
        var rows = _ml.Data.CreateEnumerable<BytesOut>(step.Transform(data), reuseRowObject: false).ToArray();
        // A row that is still, or again, of its own class has not reached another.
        Assert.All(rows, row => Assert.False(row.Success && row.Attacked == row.Number + 1));
        Assert.Contains(rows, row => row.Success);
        if (kind == TargetKind.RandomOther)
            return;
        using var scope = NewDisposeScope();
        var inputs = tensor(data.GetColumn<byte[]>("Features").SelectMany(row => row).Select(value => value / 255f).ToArray())
            .reshape(-1, TwoDimensionalClasses.Dimensions);
        var targets = Settled(classifier, inputs, rows.Select(row => (long)row.Number), kind, rank);
        Assert.Equal(targets.Zip(rows, (target, row) => row.Attacked == target + 1), rows.Select(row => row.Success));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Steps_SavedWithARule_ComeBackWithIt(TargetKind kind, int rank)
    {
        var column = Step(kind, rank).Fit(_data);
        _ml.Model.Save(column, _data.Schema, _folder.PathOf("column.zip"));
        using var loaded = Assert.IsType<PgdAugmentTransformer>(new MLContext().Model.Load(_folder.PathOf("column.zip"), out _));
        Assert.Equal(Augmented.Rows(column.Transform(_data)).Select(Text), Augmented.Rows(loaded.Transform(_data)).Select(Text));

        var rows = Augmented.RowsEstimator(_ml, _classifier,
            options => (options.LabelColumnName, options.Target, options.TargetRank, options.Seed) = ("Number", kind, rank, Seed))
            .Fit(_data);
        _ml.Model.Save(rows, _data.Schema, _folder.PathOf("rows.zip"));
        using var again = Assert.IsType<PgdAugmentRowsTransformer>(new MLContext().Model.Load(_folder.PathOf("rows.zip"), out _));
        Assert.Equal(Augmented.Vectors(rows.Transform(_data), "Features"), Augmented.Vectors(again.Transform(_data), "Features"));
    }

    [Fact]
    public void AFileOfTheFirstVersion_IsRefused()
    {
        _ml.Model.Save(new OfTheFirstVersion(_classifier), _data.Schema, _folder.PathOf("first.zip"));
        Assert.Contains("it was written by another version of the library, with format 00010001, and this one reads 00010004",
            Assert.Throws<InvalidDataException>(() => _ml.Model.LoadVerified(_folder.PathOf("first.zip"), out _)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_ThatContradictEachOther_AreRefused()
    {
        Refused(
            "Options.TargetColumnName is 'Aim' and Options.Target is LeastLikely, but a row has one target: from a column or by "
                + "a rule.", options => (options.TargetColumnName, options.Target) = ("Aim", TargetKind.LeastLikely));
        Refused("Options.TargetRank is 2, but Options.Target is RandomOther, which counts no ranks. Set Target to KthLikely",
            options => (options.TargetRank, options.Target) = (2, TargetKind.RandomOther));
        Refused("Options.TargetRank is 3, but the classifier has 3 classes: the others of a row have ranks 1 to 2.",
            options => (options.TargetRank, options.Target) = (3, TargetKind.KthLikely));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(options => options.TargetRank = 0));
        Assert.Contains("LeastLikely, KthLikely, RandomOther, but is 9",
            Assert.Throws<ArgumentOutOfRangeException>(() => Step(options => options.Target = (TargetKind)9)).Message,
            StringComparison.Ordinal);

        void Refused(string expected, Action<PgdAugmentOptions> change)
        {
            Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => Step(change)).Message, StringComparison.Ordinal);
            Assert.StartsWith(expected,
                Assert.Throws<ArgumentException>(() => Augmented.RowsEstimator(_ml, _classifier, change)).Message,
                StringComparison.Ordinal);
        }
    }

    private PgdAugmentEstimator Step(TargetKind kind, int rank) =>
        Step(options => (options.Target, options.TargetRank) = (kind, rank));

    private PgdAugmentEstimator Step(Action<PgdAugmentOptions> change) => Augmented.Estimator(_ml, _classifier, options =>
    {
        (options.LabelColumnName, options.Seed, options.Attack) = ("Number", Seed,
            new(ThreatModel.LInf(0.3)) { Steps = 5, StepSize = 0.05 });
        change(options);
    });

    private long[] Targets(TargetKind kind, int rank)
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(Augmented.Vectors(_data, "Features").SelectMany(row => row).ToArray())
            .reshape(-1, TwoDimensionalClasses.Dimensions);
        return Settled(_classifier, inputs, _data.GetColumn<float>("Number").Select(label => (long)label), kind, rank);
    }

    /// <summary>What the engine's goal aims at.</summary>
    private static long[] Settled(NeuralClassifierTransformer classifier, Tensor inputs, IEnumerable<long> labels,
        TargetKind kind, int rank)
    {
        var truth = tensor(labels.ToArray());
        var goal = kind switch
        {
            TargetKind.LeastLikely => AttackGoal.LeastLikely(truth),
            TargetKind.KthLikely => AttackGoal.KthLikely(truth, rank),
            _ => AttackGoal.RandomOther(truth),
        };
        return goal.Resolve(classifier.Network.call(inputs), new RowRandom(Seed)).Labels.data<long>().ToArray();
    }

    private static string Text(Augmented.Row row) =>
        $"{row.Id} {string.Join(' ', row.Example)} {row.Success} {row.Distance} {row.Predicted}";

    /// <summary>The step as it was written before it had a rule for the targets.</summary>
    private sealed class OfTheFirstVersion(NeuralClassifierTransformer classifier) : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        void ICanSaveModel.Save(ModelSaveContext ctx) =>
            classifier.Save(ctx, new ModelSection("PGDAUGMT", PgdAugmentTransformer.LoaderSignature), writer =>
        {
            AugmentedColumns.Only("Adversarial").Write(writer);
            writer.Write(32);
            foreach (var name in (string[])["Features", "Number", ""])
                writer.Write(name);
            writer.Write(Seed);
            writer.Write(1);
            AttackFormat.Write(writer, Augmented.Attack);
        });
    }
}

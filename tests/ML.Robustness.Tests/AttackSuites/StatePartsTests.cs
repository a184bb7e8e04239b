using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.Tests.Testing;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.AttackSuites;

/// <summary>The saved states of parts, merged, are that of the whole.</summary>
public sealed class StatePartsTests : IDisposable
{
    private const int Rows = 40;

    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    private readonly TemporaryFolder _folder = new();
    private readonly RowwiseNetwork _network = new(AttackSuiteTestCase.Length, 3);
    private readonly AttackSuiteTestCase _whole;

    public StatePartsTests() => _whole = new AttackSuiteTestCase(Rows, network: Narrow(_network));

    public void Dispose()
    {
        _whole.Dispose();
        _network.Dispose();
        _folder.Dispose();
    }

    private static AttackSuite Suite(ThreatModel threat) => new(
        new UniformNoiseAttack(threat) { Draws = 1 },
        new ProjectedGradientDescent(threat) { Steps = 3, Loss = AttackLoss.Margin });

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 4)]
    [InlineData(6, 6)]
    [InlineData(7, 9)]
    public void States_FinishedOrNot_BecomeThatOfTheWhole(ulong seed, int heardBefore)
    {
        foreach (var all in (bool[])[false, true])
        {
            Run(_whole.Data, "whole", all, null);
            string[] paths = [.. Splits.Of(Rows, seed).Select((range, index) =>
            {
                using var part = _whole.Part(range);
                // Each part is interrupted somewhere else, some nowhere.
                return Run(part, $"part{index}{all}", all, heardBefore == 0 ? null : heardBefore + index % 5);
            })];
            var merged = _folder.PathOf($"merged{all}");
            AttackSuite.MergeStates(paths.Reverse(), merged);
            if (heardBefore == 0)
                Assert.Equal(Untimed(_folder.PathOf("whole")), Untimed(merged));
            var resumed = Numbers.Of(Suite(Threat).Run(_whole.Network, _whole.Data, Options(merged, all, null)));
            Assert.Equal(Numbers.Of(Suite(Threat).Run(_whole.Network, _whole.Data, Options(null, all, null))), resumed);
            Assert.Equal(Untimed(_folder.PathOf("whole")), Untimed(merged));
            File.Delete(_folder.PathOf("whole"));
        }
    }

    [Fact]
    public void States_OfACurve_AreMergedBesideIt()
    {
        RobustnessEvaluator Evaluator(string path) => new(Threat, Suite)
        {
            Epsilons = [0.05, 0.2],
            CheckForGradientMasking = false,
            SuiteOptions = Options(_folder.PathOf(path), false, null),
        };
        var expected = Evaluator("whole").Evaluate(_whole.Network, _whole.Data);
        foreach (var (first, count) in ((int, int)[])[(0, 13), (13, 0), (13, 27)])
        {
            using var part = _whole.Part((first, count));
            Evaluator($"part{first}-{count}").Evaluate(_whole.Network, part);
        }
        AttackSuite.MergeStates(
            [_folder.PathOf("part0-13"), _folder.PathOf("part13-0"), _folder.PathOf("part13-27")], _folder.PathOf("merged"));
        foreach (var end in (string[])["", ".0.05", ".0.2"])
            Assert.Equal(Untimed(_folder.PathOf("whole" + end)), Untimed(_folder.PathOf("merged" + end)));
        var heard = new List<AttackSuiteProgress>();
        var resumed = new RobustnessEvaluator(Threat, Suite)
        {
            Epsilons = [0.05, 0.2],
            CheckForGradientMasking = false,
            SuiteOptions = Options(_folder.PathOf("merged"), false, new TestProgress<AttackSuiteProgress>(heard.Add)),
        }.Evaluate(_whole.Network, _whole.Data);
        Assert.Empty(heard);
        Assert.Equal(Numbers.Of(expected), Numbers.Of(resumed));
    }

    [Fact]
    public void States_ThatDoNotBelongTogether_SayInWhatTheyDiffer()
    {
        string Part(int first, int count, string name, ulong seed = 0, int batchSize = 7)
        {
            using var part = _whole.Part((first, count));
            Suite(Threat).Run(_whole.Network, part,
                new AttackSuiteOptions { Seed = seed, BatchSize = batchSize, StatePath = _folder.PathOf(name) });
            return _folder.PathOf(name);
        }
        string Message(params string[] paths) =>
            Assert.Throws<ArgumentException>(() => AttackSuite.MergeStates(paths, _folder.PathOf("merged"))).Message;
        var (one, two) = (Part(0, 10, "one"), Part(10, 10, "two"));
        Assert.Contains("that of rows 0 to 9 has 'the seed is 0', that of rows 10 to 19 'the seed is 1'",
            Message(one, Part(10, 10, "other", seed: 1)));
        Assert.Contains("'the batch size is 7', that of rows 10 to 19 'the batch size is 8'",
            Message(one, Part(10, 10, "size", batchSize: 8)));
        Assert.Contains("The rows 20 to 24 are missing: one part is of rows 10 to 19, the next of rows 25 to 39",
            Message(two, Part(25, 15, "gap"), one));
        Assert.Contains("The parts overlap: one is of rows 10 to 19, another of rows 15 to 19",
            Message(two, Part(15, 5, "overlap")));
        Assert.Contains("There is nothing to merge", Message());
        Assert.False(File.Exists(_folder.PathOf("merged")));
        File.WriteAllBytes(_folder.PathOf("odd"), [1, 2, 3]);
        Assert.Contains("is not the state of a suite",
            Assert.Throws<InvalidDataException>(() => AttackSuite.MergeStates([one, _folder.PathOf("odd")], two)).Message);

        // The rows of a state are known by their numbers, too.
        using var moved = LabeledDataset.FromTensors(_whole.Inputs.narrow(0, 0, 10).clone(),
            _whole.Labels.narrow(0, 0, 10).clone(),
            _whole.Data.Shape, 3, 10);
        Assert.Contains("here the first row is 10, there the first row is 0", Assert.Throws<InvalidOperationException>(() =>
            Suite(Threat).Run(_whole.Network, moved, new AttackSuiteOptions { BatchSize = 7, StatePath = one })).Message);
    }

    [Fact]
    public void Results_ThatDoNotBelongTogether_SayInWhatTheyDiffer()
    {
        AttackSuiteResult Part(int first, int count, double epsilon = 0.1, AttackSuiteTestCase? other = null)
        {
            using var part = (other ?? _whole).Part((first, count));
            return Suite(Threat.WithEpsilon(epsilon)).Run((other ?? _whole).Network, part);
        }
        string Message(params AttackSuiteResult[] parts) =>
            Assert.Throws<ArgumentException>(() => AttackSuiteResult.Merge(parts)).Message;
        var one = Part(0, 10);
        Assert.Contains(
            "'the threat model is LInf 0.1 in [0, 1]', that of rows 10 to 19 'the threat model is LInf 0.2 in [0, 1]'",
            Message(one, Part(10, 10, 0.2)));
        using var standard = new AttackSuiteTestCase(Rows, networkSeed: 9);
        Assert.Contains("'the weights' digest is ", Message(one, Part(10, 10, other: standard)));
        Assert.Contains("The parts overlap: one is of rows 0 to 9, another of rows 0 to 9", Message(one, one));
        Assert.Contains("The rows 10 to 10 are missing", Message(Part(11, 2), one));
        Assert.Contains("There is nothing to merge", Message());
    }

    [Fact]
    public void AnEmptyWhole_IsAMistake_AnEmptyPartIsNot()
    {
        using var nothing = _whole.Part((0, 0));
        Assert.Contains("The evaluation set has no rows",
            Assert.Throws<ArgumentException>(() => Suite(Threat).Run(_whole.Network, nothing)).Message);
        using var part = _whole.Part((5, 0));
        var result = Suite(Threat).Run(_whole.Network, part);
        Assert.Equal((5, 0), (result.FirstRow, result.Rows));
        Assert.Equal("firstRow", Assert.Throws<ArgumentOutOfRangeException>(() => LabeledDataset.FromTensors(
            _whole.Inputs.clone(), _whole.Labels.clone(), _whole.Data.Shape, 3, -1)).ParamName);
    }

    private static FunctionNetwork Narrow(RowwiseNetwork network) =>
        new(input => network.call(input.to(ScalarType.Float64)).to(ScalarType.Float32));

    private static AttackSuiteOptions Options(string? path, bool all, IProgress<AttackSuiteProgress>? progress) => new()
    {
        Seed = 5,
        BatchSize = 3,
        AttackAllRows = all,
        KeepInputs = true,
        StatePath = path,
        Progress = progress,
    };

    private string Run(LabeledDataset data, string name, bool all, int? heardBefore)
    {
        var path = _folder.PathOf(name);
        using var stop = new CancellationTokenSource();
        var heard = 0;
        try
        {
            Suite(Threat).Run(_whole.Network, data, Options(path, all, new TestProgress<AttackSuiteProgress>(_ =>
            {
                if (++heard == heardBefore)
                    stop.Cancel();
            })), stop.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.NotNull(heardBefore);
        }
        return path;
    }

    // The bytes of a state but for the time that its attacks took.
    private byte[] Untimed(string path)
    {
        var state = AttackSuiteState.Read(path);
        foreach (var counts in state.Statistics)
            counts.Duration = default;
        var copy = _folder.PathOf("untimed");
        using (var owned = OwnedPath.Take(copy))
            state.Write(owned);
        return File.ReadAllBytes(copy);
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Tests.Testing;
using ML.Robustness.Tests.Training;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.AttackSuites;

public sealed class AttackSuiteTests : IDisposable
{
    private const int Rows = 60;

    private static readonly ThreatModel Threat = ThreatModel.LInf(0.1);

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    private static Attack Weak => new FastGradientMethod(Threat);

    private static Attack Strong => new ProjectedGradientDescent(Threat) { Steps = 5, Loss = AttackLoss.Margin };

    [Fact]
    public void Run_AttacksOnlyWhatStands_AndIsTheUnionOfItsAttacks()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var result = new AttackSuite(Weak, Strong).Run(set.Network, set.Data,
            new AttackSuiteOptions { Seed = 4, BatchSize = 16 });

        var right = set.Right();
        var weak = set.Withstands(Weak, seed: 4);
        var strong = set.Withstands(Strong, seed: 4);
        for (var row = 0; row < Rows; row++)
        {
            var verdict = result.RowResults[row];
            Assert.Equal(right[row], verdict.IsCorrect);
            Assert.Equal(!right[row] || (weak[row] && strong[row]) ? null : weak[row] ? 1 : 0, verdict.Attack);
            Assert.Equal(right[row] && weak[row] && strong[row], verdict.IsRobust);
            if (verdict.Attack is null)
            {
                Assert.True(double.IsNaN(verdict.Distance));
                Assert.Equal(verdict.CleanPrediction, verdict.Prediction);
                continue;
            }
            Assert.NotEqual(verdict.Label, verdict.Prediction);
            Assert.InRange(verdict.Distance, 1e-9, Threat.Epsilon + 1e-6);
        }
        var (clean, afterWeak, robust) = (right.Count(yes => yes),
            result.RowResults.Count(verdict => verdict.IsCorrect && verdict.Attack != 0),
            result.RowResults.Count(verdict => verdict.IsRobust));
        Assert.InRange(robust, 1, afterWeak - 1);
        Assert.InRange(afterWeak, robust, clean - 1);
        Assert.Equal((clean, clean - afterWeak), (result.Attacks[0].RowsAttacked, result.Attacks[0].Successes));
        Assert.Equal((afterWeak, afterWeak - robust), (result.Attacks[1].RowsAttacked, result.Attacks[1].Successes));
        Assert.Equal((double)afterWeak / Rows, result.Attacks[0].Accuracy);
        Assert.Null(result.Attacks[1].Accuracy);
        Assert.Equal((double)robust / Rows, result.Attacks[1].AccuracyAfter);
        Assert.Equal((double)robust / Rows, result.RobustAccuracy);
    }

    [Fact]
    public void Run_OnAllRows_GivesEachAttackItsOwnAccuracyAndTheSameWorstCase()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var suite = new AttackSuite(Weak, Strong);
        var apart = suite.Run(set.Network, set.Data, new AttackSuiteOptions { AttackAllRows = true });
        var right = set.Right();
        Assert.Equal(set.Withstands(Weak).Where((withstands, row) => withstands && right[row]).Count() / (double)Rows,
            apart.Attacks[0].Accuracy);
        Assert.Equal(set.Withstands(Strong).Where((withstands, row) => withstands && right[row]).Count() / (double)Rows,
            apart.Attacks[1].Accuracy);
        Assert.True(apart.RobustAccuracy <= apart.Attacks.Min(attack => attack.Accuracy));
        Assert.Equal(suite.Run(set.Network, set.Data).RowResults, apart.RowResults);
    }

    [Fact]
    public void SucceededBy_OnAllRows_IsEachAttacksVerdictAlone_FromWhichTheSequentialOnesFollow()
    {
        using var set = new AttackSuiteTestCase(Rows);
        Attack[] attacks = [Weak, Strong, new Draws(Threat)];
        var suite = new AttackSuite(attacks);
        var all = suite.Run(set.Network, set.Data, new AttackSuiteOptions { AttackAllRows = true, BatchSize = 16 });
        var right = set.Right();
        for (var index = 0; index < attacks.Length; index++)
        {
            Assert.Equal(set.Withstands(attacks[index]).Select((withstands, row) => right[row] && !withstands),
                all.SucceededBy(index));
            Assert.Equal(all.SucceededBy(index).Count(yes => yes), all.Attacks[index].Successes);
        }
        Assert.Contains(Enumerable.Range(0, Rows), row => all.SucceededBy(0)[row] && all.SucceededBy(1)[row]);
        var first = Enumerable.Range(0, Rows).Select(row => Array.FindIndex([0, 1, 2], attack => all.SucceededBy(attack)[row]));
        var sequential = suite.Run(set.Network, set.Data, new AttackSuiteOptions { BatchSize = 16 });
        Assert.Equal(first, sequential.RowResults.Select(verdict => verdict.Attack ?? -1));
        Assert.Equal(sequential.RowResults, all.RowResults);

        Assert.Equal("attack", Assert.Throws<ArgumentOutOfRangeException>(() => all.SucceededBy(3)).ParamName);
        Assert.Equal(
            "Each attack ran on the rows that those before it had left robust only. Set AttackSuiteOptions.AttackAllRows before "
                + "the run.",
            Assert.Throws<InvalidOperationException>(() => sequential.SucceededBy(0)).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(11)]
    public void SucceededBy_InterruptedAndResumed_IsTheSame(int batchesBefore)
    {
        using var set = new AttackSuiteTestCase(Rows);
        var suite = new AttackSuite(Weak, Strong);
        var unbroken = suite.Run(set.Network, set.Data, new AttackSuiteOptions { BatchSize = 10, AttackAllRows = true });
        using var stop = new CancellationTokenSource();
        var heard = 0;
        var first = new AttackSuiteOptions
        {
            BatchSize = 10,
            AttackAllRows = true,
            StatePath = _path,
            Progress = new TestProgress<AttackSuiteProgress>(_ =>
            {
                if (++heard == batchesBefore)
                    stop.Cancel();
            }),
        };
        if (batchesBefore < 11)
            Assert.ThrowsAny<OperationCanceledException>(() => suite.Run(set.Network, set.Data, first, stop.Token));
        else
            suite.Run(set.Network, set.Data, first);
        var resumed = suite.Run(set.Network, set.Data,
            new AttackSuiteOptions { BatchSize = 10, AttackAllRows = true, StatePath = _path });
        Assert.Equal(unbroken.RowResults, resumed.RowResults);
        for (var index = 0; index < 2; index++)
            Assert.Equal(unbroken.SucceededBy(index), resumed.SucceededBy(index));
    }

    [Fact]
    public void Run_WithAStateOfAnEarlierVersion_SaysSo()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var settings = new AttackSuiteOptions { StatePath = _path };
        new AttackSuite(Weak).Run(set.Network, set.Data, settings);
        var content = File.ReadAllBytes(_path)[..^32];
        Assert.Equal(3, content[8]);
        content[8] = 2;
        File.WriteAllBytes(_path, [.. content, .. System.Security.Cryptography.SHA256.HashData(content)]);
        Assert.Equal(
            $"'{_path}' is the state of a suite of attacks that was written by another version of the library: it has format 2, "
                + "and this one reads format 3. Delete it to attack from the start, or give another path.",
            Assert.Throws<InvalidDataException>(() => new AttackSuite(Weak).Run(set.Network, set.Data, settings)).Message);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(1000)]
    public void Run_OverBatchesOfAnySizeOrAStream_GivesTheSameVerdicts(int batchSize)
    {
        using var set = new AttackSuiteTestCase(Rows);
        using var stream = set.Stream();
        var suite = new AttackSuite(Weak, Strong);
        var expected = suite.Run(set.Network, set.Data,
            new AttackSuiteOptions { BatchSize = 1 }).RowResults.Select(verdict => (verdict.Attack, verdict.Prediction));
        Assert.Equal(expected,
            suite.Run(set.Network, set.Data,
                new AttackSuiteOptions { BatchSize = batchSize }).RowResults.Select(
                    verdict => (verdict.Attack, verdict.Prediction)));
        Assert.Equal(expected,
            suite.Run(set.Network, stream,
                new AttackSuiteOptions { BatchSize = batchSize }).RowResults.Select(
                    verdict => (verdict.Attack, verdict.Prediction)));
    }

    [Fact]
    public void Run_CountsQueriesOfTheRowsItAttacks()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var result = new AttackSuite(Weak, new Draws(Threat)).Run(set.Network, set.Data);
        // FGSM goes forward and backward once and judges; the draws go forward three times, and judge the last.
        Assert.Equal((2 * result.Attacks[0].RowsAttacked, result.Attacks[0].RowsAttacked),
            (result.Attacks[0].Queries, result.Attacks[0].GradientQueries));
        Assert.Equal((4 * result.Attacks[1].RowsAttacked, 0L), (result.Attacks[1].Queries, result.Attacks[1].GradientQueries));
        Assert.Equal(result.Attacks.Sum(attack => attack.Queries), result.Queries);
    }

    [Fact]
    public void Run_KeepsTheAdversarialInputs()
    {
        using var scope = NewDisposeScope();
        using var set = new AttackSuiteTestCase(Rows);
        var result = new AttackSuite(Weak, Strong).Run(set.Network, set.Data,
            new AttackSuiteOptions { KeepInputs = true, BatchSize = 13 });
        foreach (var verdict in result.RowResults)
        {
            var kept = result.InputOf((int)verdict.Row);
            Assert.Equal(verdict.Attack is not null, kept is not null);
            if (kept is null)
                continue;
            var input = tensor(kept.Value.ToArray()).view(1, AttackSuiteTestCase.Length);
            Assert.Equal(verdict.Prediction, set.Network.call(input).argmax(1).item<long>());
            Assert.Equal(verdict.Distance, Threat.Distance(input, set.Inputs.narrow(0, verdict.Row, 1)).item<float>(), 1e-6);
        }
        Assert.Contains("KeepInputs",
            Assert.Throws<InvalidOperationException>(() => new AttackSuite(Weak).Run(set.Network, set.Data).InputOf(0)).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Run_InterruptedAndResumed_GivesIdenticalVerdicts(int batchesBefore)
    {
        using var set = new AttackSuiteTestCase(Rows);
        var suite = new AttackSuite(Weak, Strong, new Draws(Threat));
        var unbroken = suite.Run(set.Network, set.Data, new AttackSuiteOptions { BatchSize = 10, KeepInputs = true });
        using var stop = new CancellationTokenSource();
        var heard = 0;
        var first = new AttackSuiteOptions
        {
            BatchSize = 10,
            KeepInputs = true,
            StatePath = _path,
            Progress = new TestProgress<AttackSuiteProgress>(_ =>
            {
                if (++heard == batchesBefore)
                    stop.Cancel();
            }),
        };
        Assert.ThrowsAny<OperationCanceledException>(() => suite.Run(set.Network, set.Data, first, stop.Token));
        Assert.True(File.Exists(_path));

        var shares = new List<double>();
        var second = new AttackSuiteOptions
        {
            BatchSize = 10,
            KeepInputs = true,
            StatePath = _path,
            Progress = new TestProgress<AttackSuiteProgress>(progress => shares.Add(progress.Share))
        };
        var resumed = suite.Run(set.Network, set.Data, second);

        Assert.Equal(unbroken.RowResults, resumed.RowResults);
        Assert.Equal(unbroken.Attacks.Select(attack => (attack.RowsAttacked, attack.Successes, attack.Queries)),
            resumed.Attacks.Select(attack => (attack.RowsAttacked, attack.Successes, attack.Queries)));
        foreach (var verdict in unbroken.RowResults)
            Assert.Equal(unbroken.InputOf((int)verdict.Row)?.ToArray(), resumed.InputOf((int)verdict.Row)?.ToArray());
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
        // Nothing is left to do for a third run.
        var third = suite.Run(new Refusing(set.Network), set.Data,
            new AttackSuiteOptions { BatchSize = 10, KeepInputs = true, StatePath = _path });
        Assert.Equal(unbroken.RowResults, third.RowResults);
    }

    [Fact]
    public void Run_FromTheStateOfAnyMomentOfAnotherRun_GivesIdenticalVerdicts()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var suite = new AttackSuite(Weak, Strong, new Draws(Threat));
        var states = new List<byte[]>();
        var settings = new AttackSuiteOptions
        {
            BatchSize = 10,
            StatePath = _path,
            Progress = new TestProgress<AttackSuiteProgress>(_ => states.Add(File.Exists(_path) ? File.ReadAllBytes(_path) : []))
        };
        var unbroken = suite.Run(set.Network, set.Data, settings);
        // As if the run had been killed there: what the file holds is whole at any time.
        var different = states.Where(state => state.Length > 0).DistinctBy(state => Convert.ToHexString(state)).ToArray();
        Assert.NotEmpty(different);
        foreach (var state in different)
        {
            File.WriteAllBytes(_path, state);
            Assert.Equal(unbroken.RowResults,
                suite.Run(set.Network, set.Data, new AttackSuiteOptions { BatchSize = 10, StatePath = _path }).RowResults);
        }
    }

    [Fact]
    public void Run_WithAnothersState_SaysInWhatItDiffers()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var settings = new AttackSuiteOptions { StatePath = _path };
        new AttackSuite(Weak).Run(set.Network, set.Data, settings);
        string Message(AttackSuiteTestCase problem, AttackSuite suite, AttackSuiteOptions with,
            AttackSuiteTestCase? rows = null) =>
            Assert.Throws<InvalidOperationException>(() => suite.Run(problem.Network, (rows ?? problem).Data, with)).Message;
        using var others = new AttackSuiteTestCase(Rows - 1);
        using var otherNetwork = new AttackSuiteTestCase(Rows, networkSeed: 9);
        Assert.Contains("here the rows' digest is", Message(others, new AttackSuite(Weak), settings));
        Assert.Contains("here the weights' digest is", Message(otherNetwork, new AttackSuite(Weak), settings, set));
        Assert.Contains("here the threat model is LInf 0.1 in [0, 1], budgets [1, 1, 1, 1, 1, 1, 1, 2]",
            Message(set, new AttackSuite(new FastGradientMethod(Threat.WithBudgets(1, 1, 1, 1, 1, 1, 1, 2))), settings));
        Assert.Contains("here the attacks are ProjectedGradientDescent", Message(set, new AttackSuite(Strong), settings));
        Assert.Contains("here the seed is 3, there the seed is 0. Delete it to attack from the start",
            Message(set, new AttackSuite(Weak), new AttackSuiteOptions { StatePath = _path, Seed = 3 }));
    }

    [Fact]
    public void Run_WithADamagedState_SaysSo()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var settings = new AttackSuiteOptions { StatePath = _path };
        var suite = new AttackSuite(Weak);
        suite.Run(set.Network, set.Data, settings);
        var bytes = File.ReadAllBytes(_path);
        File.WriteAllBytes(_path, bytes[..^40]);
        Assert.Contains("truncated or damaged",
            Assert.Throws<InvalidDataException>(() => suite.Run(set.Network, set.Data, settings)).Message);
        bytes[50] ^= 1;
        File.WriteAllBytes(_path, bytes);
        Assert.Contains("truncated or damaged",
            Assert.Throws<InvalidDataException>(() => suite.Run(set.Network, set.Data, settings)).Message);
        File.WriteAllText(_path, "something else");
        Assert.Contains("is not the state of a suite",
            Assert.Throws<InvalidDataException>(() => suite.Run(set.Network, set.Data, settings)).Message);
        var missing = new AttackSuiteOptions { StatePath = Path.Combine(_path + "-folder", "state") };
        Assert.Contains("does not exist", Assert.Throws<IOException>(() => suite.Run(set.Network, set.Data, missing)).Message);
    }

    [Fact]
    public void Suite_OfNoAttacksOrSeveralThreatModels_Throws()
    {
        Assert.Contains("one attack or more", Assert.Throws<ArgumentException>(() => new AttackSuite()).Message);
        var mixed = Assert.Throws<ArgumentException>(() => new AttackSuite(Weak, new FastGradientMethod(ThreatModel.L2(0.5))));
        Assert.Contains("'FGSM L∞ 0.1' is of L∞ 0.1 in [0, 1] and 'FGSM L2 0.5' of L2 0.5 in [0, 1]", mixed.Message);
    }

    [Fact]
    public void Run_OnLabelsBeyondTheClassesOrRowsOutsideTheRange_NamesTheRow()
    {
        using var set = new AttackSuiteTestCase(Rows);
        using var beyond = LabeledDataset.FromTensors(full([2, AttackSuiteTestCase.Length], 0.5f), tensor(new long[] { 1, 3 }),
            InputShape.Vector(AttackSuiteTestCase.Length), 3);
        Assert.Contains("Row 1 of the evaluation set has label 3",
            Assert.Throws<ArgumentException>(() => new AttackSuite(Weak).Run(set.Network, beyond)).Message);
        using var untaught = LabeledDataset.FromTensors(full([2, AttackSuiteTestCase.Length], 0.5f), tensor(new long[] { 1, 3 }),
            InputShape.Vector(AttackSuiteTestCase.Length), 4);
        Assert.Contains("has 3 classes, but row 1 has label 3",
            Assert.Throws<ArgumentException>(() => new AttackSuite(Weak).Run(set.Network, untaught)).Message);
        using var outside = LabeledDataset.FromTensors(full([2, AttackSuiteTestCase.Length], 1.5f), tensor(new long[] { 1, 2 }),
            InputShape.Vector(AttackSuiteTestCase.Length), 3);
        Assert.Contains("outside the threat model's range [0, 1]",
            Assert.Throws<ArgumentException>(() => new AttackSuite(Weak).Run(set.Network, outside)).Message);
    }

    [Fact]
    public void Run_LeavesNoTensorsAndTheNetworkAsItWas()
    {
        using var set = new AttackSuiteTestCase(Rows);
        set.Network.train();
        var before = TrainingFixtures.Weights(set.Network);
        LiveTensors.AssertNoneLeft(
            () => new AttackSuite(Weak, Strong).Run(set.Network, set.Data,
                new AttackSuiteOptions { BatchSize = 13, KeepInputs = true }));
        using var cancelled = new CancellationTokenSource();
        LiveTensors.AssertNoneLeft(() => Assert.ThrowsAny<OperationCanceledException>(() => new AttackSuite(Weak, Strong).Run(
            set.Network, set.Data,
            new AttackSuiteOptions { BatchSize = 13, Progress = new TestProgress<AttackSuiteProgress>(_ => cancelled.Cancel()) },
            cancelled.Token)));
        Assert.True(set.Network.training);
        Assert.All(set.Network.parameters(), parameter => Assert.True(parameter.requires_grad));
        Assert.Equal(before, TrainingFixtures.Weights(set.Network));
    }

    [Fact]
    public void EqualAttacks_HaveNamesOfTheirOwn()
    {
        using var set = new AttackSuiteTestCase(Rows);
        var result = new AttackSuite(Weak, Weak).Run(set.Network, set.Data);
        Assert.Equal(["FGSM L∞ 0.1", "FGSM L∞ 0.1 (2)"], result.Attacks.Select(attack => attack.Name));
    }

    /// <summary>Three random points, without gradients.</summary>
    private sealed class Draws(ThreatModel threatModel) : Attack(threatModel)
    {
        protected internal override Tensor Search(SearchContext search)
        {
            var candidates = search.Origins;
            for (var draw = 0; draw < 3; draw++)
            {
                candidates = ThreatModel.RandomStart(search.Origins, search.Random.Derive((ulong)draw));
                var logits = search.Forward(candidates);
                search.Offer(candidates, Loss.Evaluate(logits, search.Goal.Labels), logits);
            }
            return candidates;
        }
    }

    /// <summary>Has the weights of a network, and fails when it is used.</summary>
    private sealed class Refusing : Module<Tensor, Tensor>
    {
        public Refusing(Module<Tensor, Tensor> network)
            : base(nameof(Refusing))
        {
            foreach (var (name, child) in network.named_children())
                register_module(name, child);
        }

        public override Tensor forward(Tensor input) => throw new InvalidOperationException("This network must not be used.");
    }
}

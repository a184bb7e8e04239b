using System.Reflection;
using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Attacks;

/// <summary>What holds for every attack under every threat model.</summary>
public class AttackContractTests
{
    public static TheoryData<string, string> All => AttackTable.All;

    public static TheoryData<string> AllAttacks => [.. AttackTable.Attacks.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_AnyShapeAndClasses_StaysInsideBallAndRange(string attackName, string threatName)
    {
        foreach (var shape in AttackTable.Shapes)
        {
            foreach (var classes in (int[])[2, 3])
            {
                foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
                {
                    using var scope = NewDisposeScope();
                    var attack = AttackTable.Create(attackName, threatName);
                    using var network = AttackTable.Network(shape, classes, type);
                    var inputs = AttackTable.Inputs(shape, 9, attack.ThreatModel.Range, type);
                    var result = attack.Perturb(network, inputs, AttackGoal.Untargeted(AttackTable.Labels(9, classes)));

                    Assert.Equal(inputs.shape, result.Inputs.shape);
                    Assert.Equal(type, result.Inputs.dtype);
                    Assert.True(
                        result.Distances.max().to(ScalarType.Float64).item<double>() <= attack.ThreatModel.Epsilon + 1e-6);
                    Assert.True(result.Inputs.min().to(ScalarType.Float64).item<double>() >= attack.ThreatModel.Range.Minimum);
                    Assert.True(result.Inputs.max().to(ScalarType.Float64).item<double>() <= attack.ThreatModel.Range.Maximum);
                    Assert.True(result.Distances.allclose(attack.ThreatModel.Distance(result.Inputs, inputs), 1e-5, 1e-6));
                    var moved = result.Distances.gt(0);
                    if (AttackTable.IsLeastChange(attackName))
                        moved = moved.logical_or(network.call(inputs).argmax(1).ne(AttackTable.Labels(9, classes)));
                    Assert.True(moved.all().item<bool>(), "A row was not attacked at all.");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_VerdictsAreThoseOfTheNetwork(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, threatName);
        var result = problem.Perturb();
        var predictions = problem.Predict(result.Inputs);
        Assert.Equal(predictions, result.Predictions.data<long>().ToArray());
        var success = predictions.Zip(problem.Labels.data<long>().ToArray(), (prediction, label) => prediction != label)
            .ToArray();
        Assert.Equal(success, result.Success.data<bool>().ToArray());
        Assert.Equal(success.Average(reached => reached ? 1.0 : 0), result.SuccessRate, 1e-12);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_RaisesTheLoss(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, threatName);
        using var result = problem.Perturb();
        var before = problem.Attack.Loss.Evaluate(problem.Network.call(problem.Inputs), problem.Labels);
        var after = problem.Attack.Loss.Evaluate(problem.Network.call(result.Inputs), problem.Labels);
        var risen = after.gt(before);
        if (AttackTable.StopsWhereReached(attackName))
            risen = risen.logical_or(result.Success);
        var rose = risen.to(ScalarType.Float64).mean().item<double>();
        Assert.True(rose > 0.8, $"The loss rose in only {rose:P0} of the rows.");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_Targeted_NearsTheTarget(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, threatName);
        var targets = tensor(problem.Predict(problem.Inputs).Select(prediction => (prediction + 1) % 3).ToArray());
        using var result = problem.Attack.Perturb(problem.Network, problem.Inputs, AttackGoal.Targeted(targets));
        var before = problem.Attack.Loss.Evaluate(problem.Network.call(problem.Inputs), targets);
        var after = problem.Attack.Loss.Evaluate(problem.Network.call(result.Inputs), targets);
        Assert.True(after.lt(before).to(ScalarType.Float64).mean().item<double>() > 0.8);
        var reached = problem.Predict(result.Inputs)
            .Zip(targets.data<long>().ToArray(), (prediction, target) => prediction == target);
        Assert.Equal(reached, result.Success.data<bool>().ToArray());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_ZeroRadius_ReturnsTheInputsExactly(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var threatModel = AttackTable.ThreatModels[threatName].WithEpsilon(0);
        var problem = new AttackTestCase(AttackTable.Attacks[attackName](threatModel));
        using var result = problem.Perturb();
        Assert.Equal(Values(problem.Inputs), Values(result.Inputs));
        Assert.All(Values(result.Distances), distance => Assert.Equal(0, distance));
        Assert.Equal(problem.Predict(problem.Inputs), result.Predictions.data<long>().ToArray());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_Budgets_AreKept(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        double[] budgets = [.. Enumerable.Range(0, 21).Select(feature => feature % 3 == 0 ? 0 : 0.25 * (feature % 5 + 1))];
        var threatModel = AttackTable.ThreatModels[threatName].WithBudgets(budgets);
        var problem = new AttackTestCase(AttackTable.Attacks[attackName](threatModel));
        using var result = problem.Attack.Perturb(problem.Network, problem.Inputs,
            AttackGoal.Untargeted(problem.Network.call(problem.Inputs).argmax(1)));
        var change = result.Inputs.sub(problem.Inputs).flatten(1);
        Assert.All(Enumerable.Range(0, 21).Where(feature => budgets[feature] == 0),
            feature => Assert.Equal(0, change.select(1, feature).abs().max().item<double>()));
        Assert.True(change.abs().max().item<double>() > 0);
        Assert.True(result.Distances.max().item<double>() <= threatModel.Epsilon + 1e-6);
        Assert.True(
            result.Inputs.min().item<double>() >= threatModel.Range.Minimum
                && result.Inputs.max().item<double>() <= threatModel.Range.Maximum);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_SameSeed_GivesTheSameResult(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, threatName);
        Assert.Equal(Values(problem.Perturb(new RowRandom(3)).Inputs), Values(problem.Perturb(new RowRandom(3)).Inputs));
        Assert.Equal(Values(problem.Perturb(new RowRandom(0)).Inputs), Values(problem.Perturb().Inputs));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_Batch_EqualsItsRowsOneByOne(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, threatName);
        using var batch = problem.Perturb(new RowRandom(8, 100));
        for (var row = 0; row < AttackTestCase.Rows; row++)
        {
            using var single = problem.Attack.Perturb(
                problem.Network, problem.Inputs.narrow(0, row, 1), AttackGoal.Untargeted(problem.Labels.narrow(0, row, 1)),
                new RowRandom(8, 100 + row));
            Assert.Equal(Values(batch.Inputs.narrow(0, row, 1)), Values(single.Inputs));
            Assert.Equal(batch.Success[row].item<bool>(), single.Success[0].item<bool>());
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Perturb_ShuffledRows_GivesTheSameRows(string attackName, string threatName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, threatName);
        using var straight = problem.Perturb(new RowRandom(8));
        var order = Enumerable.Range(0, AttackTestCase.Rows).Select(row => (long)(row * 5 % AttackTestCase.Rows)).ToArray();
        var positions = tensor(order);
        using var shuffled = problem.Attack.Perturb(
            problem.Network, problem.Inputs.index_select(0, positions),
            AttackGoal.Untargeted(problem.Labels.index_select(0, positions)), new RowRandom(8, order));
        Assert.Equal(Values(straight.Inputs.index_select(0, positions)), Values(shuffled.Inputs));
    }

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Perturb_PassSize_DoesNotChangeTheResult(string attackName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, "L2");
        var order = Enumerable.Range(0, AttackTestCase.Rows).Select(row => 40L - row).ToArray();
        using var whole = problem.Perturb(new RowRandom(8, order));
        var small = WithPassSize(problem.Attack, 3);
        using var parts = small.Perturb(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
            new RowRandom(8, order));
        Assert.Equal(Values(whole.Inputs), Values(parts.Inputs));
        Assert.Equal(Values(whole.Distances), Values(parts.Distances));
        Assert.Equal(whole.Predictions.data<long>().ToArray(), parts.Predictions.data<long>().ToArray());
        Assert.Equal(whole.Success.data<bool>().ToArray(), parts.Success.data<bool>().ToArray());
    }

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Perturb_NonContiguousInputs_GivesTheSameResult(string attackName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, "LInf");
        var strided = problem.Inputs.transpose(2, 3).contiguous().transpose(2, 3);
        Assert.False(strided.is_contiguous());
        using var straight = problem.Perturb();
        using var other = problem.Attack.Perturb(problem.Network, strided, AttackGoal.Untargeted(problem.Labels));
        Assert.Equal(Values(straight.Inputs), Values(other.Inputs.contiguous()));
    }

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void Craft_EqualsPerturb(string attackName)
    {
        using var scope = NewDisposeScope();
        var problem = new AttackTestCase(attackName, "L2");
        using var result = problem.Perturb(new RowRandom(4));
        var crafted = problem.Attack.Generate(problem.Network, problem.Inputs, AttackGoal.Untargeted(problem.Labels),
            new RowRandom(4));
        Assert.Equal(Values(result.Inputs), Values(crafted));
    }

    internal static double[] Values(Tensor tensor) => tensor.contiguous().data<double>().ToArray();

    /// <summary>The same attack with another pass size, whatever its own settings are.</summary>
    private static Attack WithPassSize(Attack attack, int size)
    {
        if (attack is RestartedAttack restarted)
            return WithPassSize(restarted.Inner, size).WithRestarts(restarted.Restarts);
        var copy = (Attack)typeof(object).GetMethod("MemberwiseClone",
            BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(attack, null)!;
        typeof(Attack).GetProperty(nameof(Attack.BatchSize))!.SetValue(copy, size);
        return copy;
    }
}

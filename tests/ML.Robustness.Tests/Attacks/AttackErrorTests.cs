using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Attacks;

/// <summary>What is wrong is said in our words; nothing ends the process inside libtorch.</summary>
public class AttackErrorTests
{
    [Fact]
    public void WithRestarts_NineTimes_IsRefused()
    {
        Attack attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1));
        for (var depth = 0; depth < 8; depth++)
            attack = attack.WithRestarts(1);
        Assert.StartsWith("The attack is restarted 8 times already, each time inside the next, and 8 is the most",
            Assert.Throws<ArgumentException>(() => attack.WithRestarts(1)).Message, StringComparison.Ordinal);
    }

    private static readonly Attack Pgd = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 2 };

    [Fact]
    public void Inputs_OutsideTheRange_AreNamed()
    {
        var error = Throws<ArgumentException>(inputs: () => tensor(new[] { -0.424f, 2.821f, 0, 0, 0, 0 }).view(2, 3));
        Assert.Equal(
            "Inputs must lie in [0, 1] but span [-0.424, 2.821]. Attacks work in the input's own range: put InputNormalization "
                + "in the model, or give the threat model another ValueRange. (Parameter 'inputs')", error.Message);
    }

    [Fact]
    public void Inputs_OutsideByRoundingOnly_Pass()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var result = Pgd.Perturb(network, tensor(new[] { -3e-8f, 1.0000001f, 0, 0, 0, 0 }).view(2, 3),
            AttackGoal.Untargeted(tensor(new long[] { 0, 1 })));
        Assert.Equal(2, result.Success.shape[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Inputs_NotFinite_NamesTheRow(float value)
    {
        var error = Throws<ArgumentException>(inputs: () => tensor(new[] { 0, 0, 0, 0, value, 0 }).view(2, 3));
        Assert.Contains("row 1 of the batch holds NaN or infinity", error.Message);
    }

    [Fact]
    public void Inputs_OfIntegers_Throws() => Assert.Contains(
        "Inputs must be floating point, got Int64",
        Throws<ArgumentException>(inputs: () => zeros([2, 3], ScalarType.Int64)).Message);

    [Fact]
    public void Inputs_OfOneDimension_Throws() => Assert.Contains(
        "Inputs must be a batch (N, …) of one row or more, got shape [2]",
        Throws<ArgumentException>(inputs: () => zeros(2)).Message);

    [Fact]
    public void Inputs_WithoutRows_Throws() => Assert.Contains(
        "got shape [0, 3]", Throws<ArgumentException>(inputs: () => zeros(0, 3)).Message);

    [Fact]
    public void Labels_OfAnotherLength_Throws() => Assert.Contains(
        "The goal has 3 labels but the batch has 2 rows",
        Throws<ArgumentException>(labels: () => zeros([3], ScalarType.Int64)).Message);

    [Fact]
    public void Labels_OfAnotherTypeOrShape_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("Int64 tensor of shape (N), got Float32 [2]",
            Assert.Throws<ArgumentException>(() => AttackGoal.Untargeted(zeros(2))).Message);
        Assert.Contains("got Int64 [2, 1]",
            Assert.Throws<ArgumentException>(() => AttackGoal.Targeted(zeros([2, 1], ScalarType.Int64))).Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void Labels_OutsideTheClasses_Throws(long label)
    {
        var error = Throws<ArgumentException>(labels: () => tensor(new[] { 1, label }));
        Assert.Contains("Labels must lie in 0…1, since the network has 2 classes", error.Message);
    }

    [Fact]
    public void Network_ThatIgnoresItsInput_Throws()
    {
        var constant = tensor(new[] { 0.5f, 0.2f }).requires_grad_(true);
        Assert.Contains("does not depend on its input",
            Throws<InvalidOperationException>(new Custom(input => constant.expand(input.shape[0], 2))).Message);
        Assert.Contains("no gradient to its input",
            Throws<InvalidOperationException>(new Custom(input => ones(input.shape[0], 2))).Message);
    }

    [Fact]
    public void Network_Detached_Throws()
    {
        Assert.Contains("no gradient to its input",
            Throws<InvalidOperationException>(new Custom(input => input.detach().narrow(1, 0, 2))).Message);
        Assert.Contains("no gradient to its input",
            Throws<InvalidOperationException>(
                new Custom(input => input.mul(9).to(ScalarType.Int64).to(ScalarType.Float32).narrow(1, 0, 2))).Message);
    }

    [Fact]
    public void Network_ThatOpensNoGrad_Throws() =>
        Assert.Contains("no gradient to its input", Throws<InvalidOperationException>(new Custom(input =>
    {
        using var quiet = no_grad();
        return input.narrow(1, 0, 2).mul(2);
    })).Message);

    [Fact]
    public void Network_OfAnotherOutput_Throws()
    {
        Assert.Contains("for inputs of shape [2, 3] it returned Float32 [2]",
            Throws<InvalidOperationException>(new Custom(input => input.sum(1))).Message);
        Assert.Contains("returned Float32 [2, 1]",
            Throws<InvalidOperationException>(new Custom(input => input.sum(1, true))).Message);
        Assert.Contains("returned Float32 [1, 3]",
            Throws<InvalidOperationException>(new Custom(input => input.narrow(0, 0, 1))).Message);
        Assert.Contains("returned Int64 [2, 3]",
            Throws<InvalidOperationException>(new Custom(input => input.to(ScalarType.Int64))).Message);
    }

    [Fact]
    public void Network_ThatFailsInLibtorch_SaysForWhichShape()
    {
        var error = Throws<InvalidOperationException>(new Custom(input => input.add(zeros(5))));
        Assert.StartsWith("The network failed on inputs of shape [2, 3]: ", error.Message);
        Assert.IsType<System.Runtime.InteropServices.ExternalException>(error.InnerException);
    }

    [Fact]
    public void Network_ThatWritesIntoItsInput_Throws() =>
        Assert.StartsWith("The network failed",
            Throws<InvalidOperationException>(new Custom(input => input.mul_(2).narrow(1, 0, 2))).Message);

    [Fact]
    public void Network_WhoseGradientFails_Throws() =>
        Assert.StartsWith("The network's gradient failed", Throws<InvalidOperationException>(new Custom(input =>
        {
            var squared = input.exp();
            var output = squared.mul(2);
            squared.add_(1);
            return output.narrow(1, 0, 2);
        })).Message);

    [Fact]
    public void Network_OfNaN_Throws()
    {
        var error = Throws<InvalidOperationException>(new Custom(input => input.sub(2).log().narrow(1, 0, 2)));
        Assert.Contains("not finite in 2 of 2 rows", error.Message);
    }

    [Fact]
    public void BuiltInNetwork_OfAnotherInput_SaysWhatItExpects()
    {
        using var network = new MultilayerPerceptron(InputShape.Vector(4), 2);
        Assert.Contains("MultilayerPerceptron expected inputs of shape (N, 4), got [2, 3]",
            Throws<ArgumentException>(network).Message);
    }

    [Fact]
    public void Search_OfAnotherShape_Throws()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var error = Assert.Throws<InvalidOperationException>(
            () => new Broken().Perturb(network, zeros(2, 3), AttackGoal.Untargeted(zeros([2], ScalarType.Int64))));
        Assert.Contains("Broken.Search must return candidates of the inputs' shape [2, 3], got [2]", error.Message);
    }

    [Fact]
    public void Search_ThatLeavesTheBall_IsProjected()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var result = new Far().Perturb(network, full([2, 3], 0.5), AttackGoal.Untargeted(zeros([2], ScalarType.Int64)));
        Assert.All(result.Inputs.data<float>().ToArray(), value => Assert.Equal(0.6f, value, 1e-6f));
    }

    [Fact]
    public void Options_OutsideTheirBounds_Throw()
    {
        var threatModel = ThreatModel.LInf(0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProjectedGradientDescent(threatModel) { Steps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProjectedGradientDescent(threatModel) { BatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Pgd.WithRestarts(0));
        Assert.Contains("StepSize must be a finite number above zero",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ProjectedGradientDescent(threatModel) { StepSize = 0 }).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new FastGradientMethod(threatModel) { StepSize = double.NaN });
        Assert.Contains("Momentum must be a finite number of zero or more",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => new ProjectedGradientDescent(threatModel) { Momentum = -1 }).Message);
        Assert.Throws<ArgumentNullException>(() => new ProjectedGradientDescent(null!));
    }

    [Fact]
    public void Arguments_Null_Throw()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var goal = AttackGoal.Untargeted(zeros([2], ScalarType.Int64));
        Assert.Equal("model", Assert.Throws<ArgumentNullException>(() => Pgd.Perturb(null!, zeros(2, 3), goal)).ParamName);
        Assert.Equal("inputs", Assert.Throws<ArgumentNullException>(() => Pgd.Perturb(network, null!, goal)).ParamName);
        Assert.Equal("goal", Assert.Throws<ArgumentNullException>(() => Pgd.Perturb(network, zeros(2, 3), null!)).ParamName);
        Assert.Equal("labels", Assert.Throws<ArgumentNullException>(() => AttackGoal.Untargeted(null!)).ParamName);
    }

    private static TError Throws<TError>(Module<Tensor, Tensor>? network = null, Func<Tensor>? inputs = null,
        Func<Tensor>? labels = null)
        where TError : Exception
    {
        using var scope = NewDisposeScope();
        using var model = network ?? Network();
        var goal = AttackGoal.Untargeted(labels?.Invoke() ?? tensor(new long[] { 0, 1 }));
        return Assert.Throws<TError>(() => Pgd.Perturb(model, inputs?.Invoke() ?? full([2, 3], 0.5), goal));
    }

    private static MultilayerPerceptron Network() => new(InputShape.Vector(3), 2);

    private sealed class Custom(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>(nameof(Custom))
    {
        public override Tensor forward(Tensor input) => function(input);
    }

    private sealed class Broken() : Attack(ThreatModel.LInf(0.1))
    {
        protected internal override Tensor Search(SearchContext search) => zeros(2);
    }

    private sealed class Far() : Attack(ThreatModel.LInf(0.1))
    {
        protected internal override Tensor Search(SearchContext search) => search.Origins.add(5);
    }
}

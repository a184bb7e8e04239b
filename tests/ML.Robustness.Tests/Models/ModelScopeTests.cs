using ML.Robustness.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Models;

public class ModelScopeTests
{
    [Fact]
    public void Dispose_RestoresEachFlag()
    {
        var still = Dropout(0.3);
        using var network = new Tree(Linear(2, 3), new Tree(still, Dropout(0.5)), Sequential(Linear(3, 2), Dropout(0.5)));
        network.train();
        still.eval();
        network.parameters().First().requires_grad = false;
        var flags = network.named_modules().Select(pair => (pair.name, pair.module.training)).ToArray();
        var gradients = network.named_parameters().Select(pair => (pair.name, pair.parameter.requires_grad)).ToArray();

        using (var scope = new ModelScope(network))
        {
            Assert.False(network.training);
            Assert.All(network.modules(), module => Assert.False(module.training && module is not TorchSharp.Modules.Sequential));
            Assert.All(network.parameters(), parameter => Assert.False(parameter.requires_grad));
            using (new ModelScope(network))
                Assert.False(network.training);
            Assert.False(network.training);
            scope.Dispose();
            Assert.True(network.training);
        }

        Assert.Equal(flags, network.named_modules().Select(pair => (pair.name, pair.module.training)));
        Assert.Equal(gradients, network.named_parameters().Select(pair => (pair.name, pair.parameter.requires_grad)));
    }

    [Fact]
    public void ModuleInTraining_UnderARootInEvaluation_IsFoundAndRestored()
    {
        var awake = Dropout(0.5);
        using var network = new Tree(Linear(2, 2), new Tree(awake));
        network.eval();
        awake.train();
        using (new ModelScope(network))
            Assert.False(awake.training);
        Assert.True(awake.training);
        Assert.False(network.training);
    }

    [Fact]
    public void FrozenNetwork_IsNotWrittenTo()
    {
        using var network = Sequential(("a", Linear(2, 2)), ("w", new Watched()));
        network.eval();
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        var watched = network.modules().OfType<Watched>().Single();
        watched.Writes = 0;
        using (new ModelScope(network))
            Assert.Equal(0, watched.Writes);
        Assert.Equal(0, watched.Writes);
    }

    [Fact]
    public void Constructor_Null_Throws() => Assert.Throws<ArgumentNullException>(() => new ModelScope(null!));

    private sealed class Tree : Module<Tensor, Tensor>
    {
        public Tree(params Module<Tensor, Tensor>[] children)
            : base(nameof(Tree))
        {
            for (var i = 0; i < children.Length; i++)
                register_module($"child{i}", children[i]);
        }

        public override Tensor forward(Tensor input) =>
            children().Cast<Module<Tensor, Tensor>>().Aggregate(input, (value, child) => child.call(value));
    }

    private sealed class Watched() : Module<Tensor, Tensor>(nameof(Watched))
    {
        public int Writes { get; set; }

        public override void train(bool train = true)
        {
            Writes++;
            base.train(train);
        }

        public override Tensor forward(Tensor input) => input.alias();
    }
}

using ML.Robustness.Losses;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>The log-probability of each row's own class, which a targeted attack maximises.</summary>
/// <param name="targets">(N), Int64.</param>
internal sealed class ClassObjective(Tensor targets) : FeatureObjective
{
    protected internal override FeatureObjective Slice(long first, long count) =>
        new ClassObjective(targets.narrow(0, first, count));

    protected internal override Tensor Score(Module<Tensor, Tensor> model, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return AttackLoss.CrossEntropy.Evaluate(ModelCall.Forward(model, inputs), targets).neg().MoveToOuterDisposeScope();
    }
}

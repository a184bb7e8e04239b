using ML.Robustness.Losses;
using ML.Robustness.Models;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>An ensemble of networks with their outputs side by side: (N, networks · K).</summary>
/// <remarks>The networks are no registered parts of it, so that disposing or freezing this one leaves them alone.</remarks>
internal sealed class NetworkEnsemble(
    IReadOnlyList<Module<Tensor, Tensor>> networks) : Module<Tensor, Tensor>(nameof(NetworkEnsemble))
{
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return cat([.. networks.Select(network => ModelCall.Forward(network, input))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The loss −CE(f(x), t) − w Σ CE(f_i(x), y): the first network predicts the target and the others keep the label.
    /// </summary>
    internal sealed class BugLoss(Tensor targets, long classes, double weight) : AttackLoss
    {
        public override Tensor Evaluate(Tensor logits, Tensor labels)
        {
            using var scope = NewDisposeScope();
            var others = logits.shape[1] / classes - 1;
            var loss = CrossEntropy.Evaluate(logits.narrow(1, 0, classes), targets);
            for (var other = 1; other <= others; other++)
                loss = loss.add(CrossEntropy.Evaluate(logits.narrow(1, other * classes, classes), labels).mul(Kept(weight)), One);
            return loss.neg().MoveToOuterDisposeScope();
        }
    }
}

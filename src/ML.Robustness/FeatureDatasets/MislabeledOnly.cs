using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>The rows that a network gets wrong, as they are, labelled with its prediction; the others are dropped.</summary>
/// <remarks>
/// Wallace, <see href="https://distill.pub/2019/advex-bugs-discussion/response-6/"/>: a learner of nothing but a weak network's
/// errors still learns the task (49.7 % on CIFAR-10), without any perturbation, since wrong labels tell what the network learned.
/// </remarks>
public sealed class MislabeledOnly : FeatureConstruction
{
    private protected override ThreatModel Bounds { get; } = ThreatModel.Unbounded(ValueRange.Unbounded);

    private protected override ConstructedRows Make(ConstructionBatch pass)
    {
        var logits = pass.Logits(pass.Model, pass.Inputs);
        TargetLabels.Check(pass.Labels, logits.shape[1]);
        var predictions = logits.argmax(1);
        var kept = predictions.ne(pass.Labels).nonzero().squeeze(1);
        return new ConstructedRows(pass.Inputs.index_select(0, kept), predictions.index_select(0, kept))
        {
            // An accessor of no values is not to be relied on.
            Positions = kept.shape[0] == 0 ? []
                : [.. kept.cpu().data<long>().ToArray().Select(position => pass.First + position)],
        };
    }
}

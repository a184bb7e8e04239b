using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>The misclassified rows, unchanged, labelled with the network's prediction; the other rows are dropped.</summary>
/// <remarks>
/// Wallace, <see href="https://distill.pub/2019/advex-bugs-discussion/response-6/"/>: a learner of nothing but a weak network's
/// errors still learns the task (49.7 % on CIFAR-10), without any perturbation, since wrong labels tell what the network learned.
/// </remarks>
public sealed class MislabeledOnly : FeatureDatasetMethod
{
    private protected override ThreatModel Bounds { get; } = ThreatModel.Unbounded(ValueRange.Unbounded);

    private protected override FeatureDatasetRows Make(FeatureDatasetBatch pass)
    {
        var logits = pass.Logits(pass.Model, pass.Inputs);
        TargetLabels.Check(pass.Labels, logits.shape[1]);
        var predictions = logits.argmax(1);
        var kept = predictions.ne(pass.Labels).nonzero().squeeze(1);
        return new FeatureDatasetRows(pass.Inputs.index_select(0, kept), predictions.index_select(0, kept))
        {
            // An accessor of no values is not to be relied on.
            Positions = kept.shape[0] == 0 ? []
                : [.. kept.cpu().data<long>().ToArray().Select(position => pass.First + position)],
        };
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>The check for catastrophic overfitting: robust accuracy on the first batch of an epoch.</summary>
internal sealed class CatastrophicOverfittingCheck : IDisposable
{
    private LabeledBatch? _batch;

    internal void KeepFirst(LabeledBatch batch) =>
        _batch ??= new LabeledBatch(batch.Inputs.clone(), batch.Labels.clone(), batch.RowNumbers);

    internal double Accuracy(Module<Tensor, Tensor> model, Attack attack, ulong seed, Device device,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var frozen = new ModelScope(model);
        using var result = attack.Perturb(
            model, _batch!.Inputs.to(device), AttackGoal.Untargeted(_batch.Labels.to(device)),
            new RowRandom(seed, _batch.RowNumbers), cancellation);
        return 1 - result.SuccessRate;
    }

    public void Dispose() => _batch?.Dispose();
}

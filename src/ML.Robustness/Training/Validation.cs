using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>The accuracy of a network on a data set, as it comes and under attack.</summary>
internal static class Validation
{
    private const int RowsAtOnce = 256;

    internal static long Batches(long rows) => BatchPlan.Count(rows, RowsAtOnce);

    /// <summary>Measures the accuracies; a row counts as robust when it is classified rightly both as it is and attacked.</summary>
    internal static (double Clean, double? Robust) Measure(
        Module<Tensor, Tensor> model, LabeledDataset data, Attack? attack, ulong seed, Device device, Action<long> batchDone, CancellationToken cancellation)
    {
        using var frozen = new ModelScope(model);
        using var scope = NewDisposeScope();
        var clean = zeros([], ScalarType.Int64, device);
        var robust = zeros([], ScalarType.Int64, device);
        var (rows, batches) = (0L, 0L);
        foreach (var batch in data.Batches(RowsAtOnce, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                var (inputs, labels) = (batch.Inputs.to(device), batch.Labels.to(device));
                Tensor right;
                using (no_grad()) right = model.call(inputs).argmax(1).eq(labels); // (N)
                clean.add_(right.sum());
                if (attack is not null)
                {
                    using var result = attack.Perturb(model, inputs, AttackGoal.Untargeted(labels), new RowRandom(seed, batch.RowNumbers), cancellation);
                    robust.add_(right.logical_and(result.Success.logical_not()).sum());
                }

                rows += batch.Count;
            }

            batchDone(++batches);
        }

        return (clean.cpu().item<long>() / (double)rows, attack is null ? null : robust.cpu().item<long>() / (double)rows);
    }
}

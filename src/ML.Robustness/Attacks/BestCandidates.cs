using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// The best candidate of each row: one that reaches the goal before one that does not, then the one of larger loss.
/// </summary>
/// <remarks>
/// Loss alone will not do: with three classes or more a wrong prediction may have a lower cross-entropy than a right one.
/// </remarks>
internal sealed class BestCandidates : IDisposable
{
    public BestCandidates(Tensor inputs, Tensor loss, Tensor reached, Tensor predictions)
    {
        // Kept beyond the dispose scope of the step that found them.
        Inputs = inputs.clone().DetachFromDisposeScope();
        Loss = loss.clone().DetachFromDisposeScope();
        Reached = reached.clone().DetachFromDisposeScope();
        Predictions = predictions.clone().DetachFromDisposeScope();
    }

    public Tensor Inputs { get; private set; }

    public Tensor Loss { get; private set; }

    public Tensor Reached { get; private set; }

    public Tensor Predictions { get; private set; }

    public void Offer(Tensor inputs, Tensor loss, Tensor reached, Tensor predictions)
    {
        using var scope = NewDisposeScope();
        var wins = reached.eq(Reached).logical_and(loss.gt(Loss)).logical_or(reached.gt(Reached));
        Keep(
            where(RowBroadcast.Spread(wins, inputs), inputs, Inputs),
            where(wins, loss, Loss),
            where(wins, reached, Reached),
            where(wins, predictions, Predictions));
    }

    /// <summary>Offers what was found for the rows at some positions only.</summary>
    public void Offer(Tensor positions, BestCandidates found)
    {
        using var scope = NewDisposeScope();
        using var rows = new BestCandidates(
            Inputs.index_select(0, positions), Loss.index_select(0, positions), Reached.index_select(0, positions),
            Predictions.index_select(0, positions));
        rows.Offer(found.Inputs, found.Loss, found.Reached, found.Predictions);
        Keep(
            Inputs.index_copy(0, positions, rows.Inputs),
            Loss.index_copy(0, positions, rows.Loss),
            Reached.index_copy(0, positions, rows.Reached),
            Predictions.index_copy(0, positions, rows.Predictions));
    }

    public void Dispose()
    {
        Inputs.Dispose();
        Loss.Dispose();
        Reached.Dispose();
        Predictions.Dispose();
    }

    private void Keep(Tensor inputs, Tensor loss, Tensor reached, Tensor predictions)
    {
        Dispose();
        Inputs = inputs.DetachFromDisposeScope();
        Loss = loss.DetachFromDisposeScope();
        Reached = reached.DetachFromDisposeScope();
        Predictions = predictions.DetachFromDisposeScope();
    }

    /// <summary>Throws where the network gave NaN or infinity: its verdicts would say nothing.</summary>
    /// <param name="brokenGradients">(N), NaN where a gradient was not finite; null where there were none.</param>
    public void CheckFinite(Tensor? brokenGradients)
    {
        using var scope = NewDisposeScope();
        var finite = Loss.isfinite().logical_and(Inputs.flatten(1).isfinite().all(1));
        if (brokenGradients is not null)
            finite = finite.logical_and(brokenGradients.isfinite());
        var broken = finite.logical_not();
        if (broken.any().cpu().item<bool>())
            throw new InvalidOperationException(
                $"The network's outputs or gradients are not finite in {broken.sum().cpu().item<long>()} of {broken.numel()} "
                + $"rows of a pass: an attack on such a network says nothing.");
    }
}

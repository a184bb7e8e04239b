using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>One run of APGD: what its two forms, with momentum and sparse, have in common.</summary>
/// <remarks>Tensors are those of the rows still in the run; each is replaced, and the one before freed, at every step.</remarks>
internal abstract class ApgdRun(
    SearchContext search, AttackLoss? gradientLoss, int steps, bool drops, bool judges)
{
    /// <summary>Copying the rows that stay is worth it where at least this share of them leaves.</summary>
    private const double WorthwhileShare = 0.1;

    private SearchContext _part = null!;
    private Tensor _positions = null!;

    protected Tensor Candidates = null!;
    protected Tensor Former = null!;
    protected Tensor Gradient = null!;
    protected Tensor Best = null!;
    protected Tensor BestGradient = null!;
    protected Tensor BestLoss = null!; // (N)
    protected Tensor Loss = null!; // (N)
    protected Tensor StepSize = null!; // (N)

    protected int Steps => steps;

    protected Tensor Origins => _part.Origins;

    /// <summary>Ascends from a start, and offers the candidates found to the search.</summary>
    /// <param name="positions">(M), the search's rows that are attacked.</param>
    /// <param name="start">(M, …).</param>
    /// <returns>
    /// (M, …) the points of largest loss, of the rows that stayed to the end; they belong to the current dispose scope.
    /// </returns>
    public Tensor Run(Tensor positions, Tensor start)
    {
        using var scope = NewDisposeScope();
        _positions = positions;
        _part = search.Select(positions, search.Random, gradientLoss: gradientLoss);
        try
        {
            Begin(start.clone());
            var (last, next) = (0, 0);
            var checkpoints = Checkpoints();
            for (var step = 1; step <= steps && Stay(); step++)
            {
                Advance(step);
                if (next < checkpoints.Count && step == checkpoints[next])
                {
                    using var check = NewDisposeScope();
                    Check(step - last);
                    (last, next) = (step, next + 1);
                }
            }
            if (judges)
                search.Merge(_part, _positions);
        }
        finally
        {
            _part.Release();
        }
        return Best.MoveToOuterDisposeScope();
    }

    /// <summary>The steps, from one, after which <see cref="Check"/> is called.</summary>
    protected abstract IReadOnlyList<int> Checkpoints();

    /// <summary>Sets the state that only this form has, and <see cref="StepSize"/>.</summary>
    protected abstract void Begin();

    /// <summary>The next candidates, projected.</summary>
    protected abstract Tensor Move(bool isFirst);

    /// <summary>Told of the new losses, before they replace <see cref="Loss"/>.</summary>
    protected virtual void See(Tensor loss)
    {
    }

    /// <summary>Adjusts the steps after so many of them.</summary>
    protected abstract void Check(int interval);

    /// <summary>Keeps the rows at some positions of all (N, …) that only this form has.</summary>
    protected abstract void KeepInputs(Tensor positions);

    /// <summary>Puts a tensor in place of another, which is freed; inside a scope of its own.</summary>
    protected static void Replace(ref Tensor field, Tensor next)
    {
        field?.Dispose();
        field = next.MoveToOuterDisposeScope();
    }

    /// <summary>Takes the best point and its gradient for some rows.</summary>
    protected void ReturnToBest(Tensor rows)
    {
        var spread = RowBroadcast.Spread(rows, Best);
        Replace(ref Candidates, where(spread, Best, Candidates));
        Replace(ref Gradient, where(spread, BestGradient, Gradient));
    }

    protected static void KeepInputs(ref Tensor field, Tensor positions)
    {
        var former = field;
        field = former.index_select(0, positions);
        former.Dispose();
    }

    private void Begin(Tensor start)
    {
        (Candidates, Former) = (start, start.clone());
        (Loss, Gradient) = Evaluate();
        (Best, BestGradient, BestLoss) = (start.clone(), Gradient.clone(), Loss.clone());
        Begin();
    }

    private (Tensor Loss, Tensor Gradient) Evaluate()
    {
        using var scope = NewDisposeScope();
        var (loss, gradient, logits) = _part.Gradient(Candidates);
        if (judges && gradientLoss is null)
            _part.Offer(Candidates, loss, logits);
        else if (judges)
            _part.Offer(Candidates, logits);
        return (loss.MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    private void Advance(int step)
    {
        using var scope = NewDisposeScope();
        var next = Move(step == 1);
        Former.Dispose();
        (Former, Candidates) = (Candidates, next.MoveToOuterDisposeScope());
        if (step == steps && judges && _part.Samples == 1)
        {
            // Nobody asks for the last gradient.
            _part.Offer(Candidates, _part.Forward(Candidates));
            return;
        }
        var (loss, gradient) = Evaluate();
        See(loss);
        var better = loss.gt(BestLoss);
        var spread = RowBroadcast.Spread(better, Best);
        Replace(ref Best, where(spread, Candidates, Best));
        Replace(ref BestGradient, where(spread, gradient, BestGradient));
        Replace(ref BestLoss, where(better, loss, BestLoss));
        Replace(ref Loss, loss);
        Replace(ref Gradient, gradient);
    }

    /// <summary>Lets the rows go whose goal is reached; false when none is left.</summary>
    private bool Stay()
    {
        if (!drops || !judges)
            return true;
        using var open = _part.Best!.Reached.logical_not();
        using var pairs = open.nonzero();
        var (rows, left) = (open.shape[0], pairs.shape[0]);
        if (left == 0)
            return false;
        if (rows - left < WorthwhileShare * rows)
            return true;
        search.Merge(_part, _positions);
        using var kept = pairs.squeeze(1);
        _positions = _positions.index_select(0, kept);
        _part.Release();
        _part = search.Select(_positions, search.Random, gradientLoss: gradientLoss);
        KeepInputs(ref Candidates, kept);
        KeepInputs(ref Former, kept);
        KeepInputs(ref Gradient, kept);
        KeepInputs(ref Best, kept);
        KeepInputs(ref BestGradient, kept);
        KeepInputs(ref BestLoss, kept);
        KeepInputs(ref Loss, kept);
        KeepInputs(ref StepSize, kept);
        KeepInputs(kept);
        return true;
    }
}

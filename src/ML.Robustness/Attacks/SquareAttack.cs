using ML.Robustness.AttackGeometry;
using ML.Robustness.Losses;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>
/// Tries random squares and keeps those that raise the loss: needs the network's outputs only, never its gradients.
/// </summary>
/// <remarks>
/// Andriushchenko et al., <see href="https://arxiv.org/abs/1912.00049"/>: the squares shrink as queries are used up. Unlike the
/// reference, each row has squares of its own, so that its result does not depend on its batch; images may have any size, and
/// vectors are lines of pixels. A row is left alone as soon as its goal is reached.
/// </remarks>
public sealed class SquareAttack : Attack
{
    private const ulong StartStream = 0x53_71_75_61_72_65; // "Square"

    /// <summary>Creates the attack.</summary>
    /// <param name="threatModel">What the adversary may do.</param>
    public SquareAttack(ThreatModel threatModel)
        : base(threatModel) => Loss = AttackLoss.Margin;

    /// <summary>The number of times that a row may go through the network, the first guess and the verdict included.</summary>
    /// <value>Two or more. The default is 5000.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below two.</exception>
    public int Queries
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 2);
    } = 5000;

    /// <summary>The share of the image that the first squares cover.</summary>
    /// <value>Above zero, at most one. The default is 0.8.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative, above one or not a number.</exception>
    public double FirstShare
    {
        get;
        init => field = ArgumentChecks.PositiveUpTo(value, 1);
    } = 0.8;

    /// <inheritdoc/>
    protected override string MethodName => $"Square-{Queries}";

    internal override long ExpectedPasses => Queries;

    /// <summary>The share of the image that a square covers, by the number of squares tried before.</summary>
    internal static double Share(double first, int tried) => first / tried switch
    {
        <= 10 => 1,
        <= 50 => 2,
        <= 200 => 4,
        <= 500 => 8,
        <= 1000 => 16,
        <= 2000 => 32,
        <= 4000 => 64,
        <= 6000 => 128,
        <= 8000 => 256,
        _ => 512,
    };

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        var candidates = SquareProposal.For(ThreatModel, search.Origins).Start(search.Random.Derive(StartStream));
        var (losses, reached) = Judge(search, candidates);
        // The start and the verdict are queries, too.
        for (var tried = 0; tried < Queries - 2;)
        {
            using var round = NewDisposeScope();
            var open = reached.logical_not().nonzero().squeeze(1);
            if (open.shape[0] == 0)
                break;
            using var part = search.Select(open, search.Random.Select(open.cpu().data<long>().ToArray()));
            var (kept, loss) = (candidates.index_select(0, open), losses.index_select(0, open));
            var succeeded = Propose(part, ref kept, ref loss, ref tried);
            candidates.index_copy_(0, open, kept);
            losses.index_copy_(0, open, loss);
            reached.index_copy_(0, open, succeeded);
        }
        return candidates.MoveToOuterDisposeScope();
    }

    /// <summary>Tries squares until a row falls or the queries are used up.</summary>
    private Tensor Propose(SearchContext part, ref Tensor kept, ref Tensor losses, ref int tried)
    {
        var moves = SquareProposal.For(ThreatModel, part.Origins);
        Tensor? succeeded = null;
        while (tried < Queries - 2)
        {
            using var scope = NewDisposeScope();
            var proposed = moves.Propose(kept, Share(FirstShare, tried), part.Random.Derive((ulong)tried));
            var (loss, reached) = Judge(part, proposed);
            var wins = loss.gt(losses).logical_or(reached);
            var (better, raised) = (where(RowBroadcast.Spread(wins, kept), proposed, kept), where(wins, loss, losses));
            kept.Dispose();
            losses.Dispose();
            succeeded?.Dispose();
            (kept, losses, succeeded) = (
                better.MoveToOuterDisposeScope(), raised.MoveToOuterDisposeScope(), reached.MoveToOuterDisposeScope());
            tried++;
            if (reached.any().cpu().item<bool>())
                break;
        }
        return succeeded!;
    }

    private static (Tensor Loss, Tensor Reached) Judge(SearchContext search, Tensor candidates)
    {
        using var quiet = no_grad();
        var logits = search.Forward(candidates);
        return (search.SignedLoss(logits), search.Goal.IsReached(logits));
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>Runs an attack several times from other random starts and keeps the worst case of each row.</summary>
/// <remarks>Later runs only see the rows whose goal no former run reached. The first run is the plain attack's.</remarks>
public sealed class RestartedAttack : Attack
{
    private const ulong RestartStream = 0x52_65_73_74_61_72_74_00; // "Restart", then its number

    // The stack of a thread ends the process where calls are too deep.
    private const int MostDeep = 8;

    private readonly int _depth;

    internal RestartedAttack(Attack attack, int restarts)
        : base(attack.ThreatModel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(restarts, 1);
        Inner = attack;
        _depth = attack is RestartedAttack restarted ? restarted._depth + 1 : 1;
        if (_depth > MostDeep)
            throw new ArgumentException(
                $"The attack is restarted {_depth - 1} times already, each time inside the next, and {MostDeep} is the most: "
                + "restart it once, more often.", nameof(attack));
        Restarts = restarts;
        Loss = attack.Loss;
        BatchSize = attack.BatchSize;
        EotSamples = attack.EotSamples;
    }

    /// <summary>The attack that is run.</summary>
    public Attack Inner { get; }

    /// <summary>The number of runs in all.</summary>
    public int Restarts { get; }

    /// <summary>Returns the attack as text, for example <c>PGD-20 L∞ 8/255, 5 restarts</c>.</summary>
    /// <returns>The inner attack and the number of runs.</returns>
    public override string ToString() => $"{Inner}, {Restarts} restarts";

    /// <inheritdoc/>
    protected internal override bool AcceptsStarts => Inner.AcceptsStarts;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        return Run(search).Inputs.clone();
    }

    internal override long ExpectedPasses => Restarts * Inner.ExpectedPasses;

    internal override BestCandidates Run(SearchContext search)
    {
        var best = Inner.Run(search);
        for (var restart = 1; restart < Restarts && ThreatModel.Epsilon > 0; restart++)
        {
            using var scope = NewDisposeScope();
            var open = best.Reached.logical_not().nonzero().squeeze(1);
            if (open.shape[0] == 0)
                break;
            var random = search.Random.Select(open.cpu().data<long>().ToArray()).Derive(RestartStream + (ulong)restart);
            using var again = search.Select(open, random, restart: restart);
            best.Offer(open, Inner.Run(again));
        }
        return best;
    }
}

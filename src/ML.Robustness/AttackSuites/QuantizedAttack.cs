using ML.Robustness.Attacks;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackSuites;

/// <summary>
/// Judges another attack by inputs that are bytes, multiples of 1/255 inside the threat model, as a model that reads bytes meets
/// them.
/// </summary>
/// <remarks>
/// The search itself is free; what it found is rounded (<see cref="ByteQuantization"/>) and sent through the network once more.
/// </remarks>
internal sealed class QuantizedAttack : Attack
{
    internal QuantizedAttack(Attack attack)
        : base(attack.ThreatModel)
    {
        Inner = attack;
        Loss = attack.Loss;
        BatchSize = attack.BatchSize;
        EotSamples = attack.EotSamples;
    }

    /// <summary>The attack that searches.</summary>
    public Attack Inner { get; }

    /// <summary>The same attacks, each judged by bytes.</summary>
    internal static AttackSuite Suite(AttackSuite suite) => new([.. suite.Attacks.Select(attack => new QuantizedAttack(attack))]);

    public override string ToString() => Inner.ToString();

    internal override long ExpectedPasses => Inner.ExpectedPasses + 1;

    /// <inheritdoc/>
    protected internal override bool AcceptsStarts => Inner.AcceptsStarts;

    /// <inheritdoc/>
    protected internal override Tensor Search(SearchContext search)
    {
        ArgumentNullException.ThrowIfNull(search);
        using var scope = NewDisposeScope();
        using var free = search.Select(
            arange(Kept(0), Kept(search.Origins.shape[0]), One, ScalarType.Int64, search.Origins.device), search.Random);
        return ByteQuantization.Round(Inner.Run(free).Inputs, search.Origins, ThreatModel).MoveToOuterDisposeScope();
    }
}

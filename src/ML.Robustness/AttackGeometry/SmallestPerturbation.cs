using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.AttackGeometry;

/// <summary>The nearest input that reaches the goal of each row: what attacks keep that look for the least change.</summary>
internal sealed class SmallestPerturbation : IDisposable
{
    /// <summary>Begins with distances of zero, where the goal is reached already, or infinity.</summary>
    public SmallestPerturbation(Tensor inputs, Tensor distances) =>
        (Inputs, Distances) = (inputs.clone().DetachFromDisposeScope(), distances.clone().DetachFromDisposeScope());

    public Tensor Inputs { get; private set; }

    /// <summary>(N), infinity where nothing was found.</summary>
    public Tensor Distances { get; private set; }

    public Tensor IsFound => Distances.isfinite();

    /// <summary>Rows still searched: those at distance zero, or within the radius where that is enough, are done.</summary>
    public Tensor StillSearched(double stopDistance) => Distances.gt(Kept(stopDistance)).logical_or(Distances.isinf());

    /// <summary>Keeps those candidates that reach the goal and are nearer, in rows still searched.</summary>
    public void Offer(Tensor inputs, Tensor distances, Tensor reached, double stopDistance = 0)
    {
        using var scope = NewDisposeScope();
        var wins = reached.logical_and(distances.lt(Distances)).logical_and_(StillSearched(stopDistance));
        Keep(where(RowBroadcast.Spread(wins, inputs), inputs, Inputs), where(wins, distances, Distances));
    }

    public SmallestPerturbation Select(Tensor positions)
    {
        using var scope = NewDisposeScope();
        return new SmallestPerturbation(Inputs.index_select(0, positions), Distances.index_select(0, positions));
    }

    /// <summary>Takes over what a part of the rows found.</summary>
    public void Put(Tensor positions, SmallestPerturbation part)
    {
        using var scope = NewDisposeScope();
        Keep(Inputs.index_copy(0, positions, part.Inputs), Distances.index_copy(0, positions, part.Distances));
    }

    public void Dispose()
    {
        Inputs.Dispose();
        Distances.Dispose();
    }

    private void Keep(Tensor inputs, Tensor distances)
    {
        Dispose();
        (Inputs, Distances) = (inputs.DetachFromDisposeScope(), distances.DetachFromDisposeScope());
    }
}

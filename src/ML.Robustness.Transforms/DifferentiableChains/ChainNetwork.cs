using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A step in the evaluation of a chain: the values it reads, and what it makes of them.</summary>
/// <param name="Inputs">Numbers of earlier operations, put one after the other; none for values of the row of features.</param>
/// <param name="Offset">The first value of the row.</param>
/// <param name="Length">How many values of the row.</param>
/// <param name="Function">The function; null for none.</param>
/// <param name="DependsOnAttacked">Whether the values can be changed.</param>
internal sealed record ChainOperation(
    IReadOnlyList<int> Inputs, int Offset, int Length, ColumnFunction? Function, bool DependsOnAttacked);

/// <summary>
/// A chain of ML.NET as one network with gradients: rows of raw features (N, values), or (N, …), to logits (N, K).
/// </summary>
/// <remarks>Owns the functions, but not the network of a classifier that a chain ends with.</remarks>
internal sealed class ChainNetwork : Module<Tensor, Tensor>, IAffineNetwork
{
    private const int Looked = 16;
    private const ulong LookedSeed = 0x4C_6F_6F_6B; // "Look"

    private readonly ChainOperation[] _operations;
    private readonly int _length, _attacked;
    private ScoreFunction[] _candidates;

    /// <param name="operations">The operations, each after those that it reads; the values of the last one are scored.</param>
    /// <param name="length">The values of a row.</param>
    /// <param name="attacked">How many of them, the first ones, may be changed.</param>
    /// <param name="candidates">The functions that may make the scores.</param>
    internal ChainNetwork(ChainOperation[] operations, int length, int attacked, ScoreFunction[] candidates)
        : base(nameof(ChainNetwork))
    {
        (_operations, _length, _attacked, _candidates) = (operations, length, attacked, candidates);
        for (var place = 0; place < operations.Length; place++)
        {
            if (operations[place].Function is { } function)
                register_module($"operation{place}", function);
        }
        for (var place = 0; place < candidates.Length; place++)
            register_module($"scores{place}", candidates[place]);
    }

    /// <summary>Whether the logits are an affine function of the features that may be changed.</summary>
    public bool IsAffine => _candidates[0].IsAffine
        && _operations.All(operation => !operation.DependsOnAttacked || operation.Function is null or { IsAffine: true });

    /// <summary>Whether bins stand between the features and the scores, so that gradients are straight-through.</summary>
    internal bool IsStraightThrough => _operations.Any(operation => operation is
    {
        DependsOnAttacked: true, Function: BinFunction,
    });

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        // Not called as a module: a chain has no hooks, and its functions are small.
        return _candidates[0].forward(Features(input)).MoveToOuterDisposeScope();
    }

    /// <summary>The column <c>Score</c> of rows, (N, 1) or (N, K), by a candidate.</summary>
    internal Tensor Scores(Tensor rows, int candidate = 0)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var scores = _candidates[candidate];
        return scores.Scores(scores.Raw(Features(rows))).MoveToOuterDisposeScope();
    }

    internal int Candidates => _candidates.Length;

    /// <summary>The number of the candidate that was chosen; null before.</summary>
    internal int? Chosen { get; private set; }

    /// <summary>Keeps the candidate that makes the chain's scores.</summary>
    /// <param name="candidate">Its number.</param>
    /// <param name="device">The device of the functions.</param>
    internal void Choose(int candidate, Device device)
    {
        (_candidates, Chosen) = ([_candidates[candidate]], candidate);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        // Every column that is not attacked has a first value.
        var rows = zeros([Looked, _length], ScalarType.Float32, CPU);
        rows.narrow(1, 0, _attacked).copy_(new RowRandom(LookedSeed).Uniform(rows.narrow(1, 0, _attacked), 0, 1));
        // Identifies the chain where the state of an evaluation is saved, or results are merged: its logits of rows that are
        // always the same, since the network that it ends with is not its own.
        register_buffer("logits", forward(rows.to(device)).DetachFromDisposeScope());
    }

    private Tensor Features(Tensor rows)
    {
        var values = new Tensor[_operations.Length];
        // Images are vectors to ML.NET.
        if (rows.dim() > 2)
            rows = rows.flatten(1);
        for (var place = 0; place < values.Length; place++)
        {
            var (inputs, offset, length, function, _) = _operations[place];
            var read = inputs.Count switch
            {
                0 => length == _length ? rows : rows.narrow(1, offset, length),
                1 => values[inputs[0]],
                _ => cat([.. inputs.Select(input => values[input])], 1),
            };
            values[place] = function is null ? read : function.forward(read);
        }
        return values[^1];
    }
}

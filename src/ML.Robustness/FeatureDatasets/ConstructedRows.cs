using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>The rows of a feature data set made of a batch, in its order.</summary>
public sealed class ConstructedRows : IDisposable
{
    internal ConstructedRows(Tensor inputs, Tensor labels) => (Inputs, Labels) = (inputs, labels);

    /// <summary>
    /// (M, …), the new inputs: element type and device of the originals. M is the batch's N, but where a construction drops rows.
    /// </summary>
    public Tensor Inputs { get; }

    /// <summary>(M), Int64: the new labels.</summary>
    public Tensor Labels { get; }

    /// <summary>The position in the batch of each row, or null where all N are there.</summary>
    public IReadOnlyList<long>? Positions { get; internal init; }

    /// <summary>The number of the row that each search started from, or null where searches start at the row itself.</summary>
    public IReadOnlyList<long>? InitialRows { get; internal init; }

    /// <summary>(N): ‖g(x′) − g(x)‖ / ‖g(x)‖ where features were matched, else null.</summary>
    public Tensor? FeatureDistances { get; internal init; }

    /// <summary>
    /// (N), Bool: true where the network predicts the new label, for constructions that move a row towards a class; else null.
    /// </summary>
    public Tensor? Success { get; internal init; }

    /// <summary>
    /// (N), Bool: true where all other networks predict the old label, for <see cref="NonTransferable"/>; else null.
    /// </summary>
    public Tensor? EnsembleCorrect { get; internal init; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
        FeatureDistances?.Dispose();
        Success?.Dispose();
        EnsembleCorrect?.Dispose();
    }

    /// <summary>Moves the tensors out of the dispose scope of a pass.</summary>
    internal ConstructedRows MoveToOuterDisposeScope()
    {
        Inputs.MoveToOuterDisposeScope();
        Labels.MoveToOuterDisposeScope();
        FeatureDistances?.MoveToOuterDisposeScope();
        Success?.MoveToOuterDisposeScope();
        EnsembleCorrect?.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>The rows of all passes; those of one pass are returned as they are.</summary>
    internal static ConstructedRows Join(List<ConstructedRows> passes)
    {
        if (passes is [var only])
            return only;
        Tensor? Joined(Func<ConstructedRows, Tensor?> part) =>
            part(passes[0]) is null ? null : cat(passes.ConvertAll(pass => part(pass)!));
        IReadOnlyList<long>? Listed(Func<ConstructedRows, IReadOnlyList<long>?> part) =>
            part(passes[0]) is null ? null : [.. passes.SelectMany(pass => part(pass)!)];
        return new ConstructedRows(Joined(pass => pass.Inputs)!, Joined(pass => pass.Labels)!)
        {
            Positions = Listed(pass => pass.Positions),
            InitialRows = Listed(pass => pass.InitialRows),
            FeatureDistances = Joined(pass => pass.FeatureDistances),
            Success = Joined(pass => pass.Success),
            EnsembleCorrect = Joined(pass => pass.EnsembleCorrect),
        };
    }
}

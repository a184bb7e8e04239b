using static TorchSharp.torch;

namespace ML.Robustness.FeatureDatasets;

/// <summary>The rows of a feature data set created from a batch, in its order.</summary>
public sealed class FeatureDatasetRows : IDisposable
{
    internal FeatureDatasetRows(Tensor inputs, Tensor labels) => (Inputs, Labels) = (inputs, labels);

    /// <summary>
    /// The new inputs, (M, …), with element type and device of the originals. M is the batch's N unless the method drops rows.
    /// </summary>
    public Tensor Inputs { get; }

    /// <summary>The new labels, (M), Int64.</summary>
    public Tensor Labels { get; }

    /// <summary>The position of each row in the batch; null if all N rows are present.</summary>
    public IReadOnlyList<long>? Positions { get; internal init; }

    /// <summary>The number of the row from which each search started; null if searches start at the row itself.</summary>
    public IReadOnlyList<long>? InitialRows { get; internal init; }

    /// <summary>The feature distance ‖g(x′) − g(x)‖ / ‖g(x)‖ of each row, (N), for feature matching; else null.</summary>
    public Tensor? FeatureDistances { get; internal init; }

    /// <summary>
    /// Whether the network predicts the new label, (N), Bool, for methods that move a row towards a class; else null.
    /// </summary>
    public Tensor? Success { get; internal init; }

    /// <summary>
    /// Whether all other networks predict the old label, (N), Bool, for <see cref="NonTransferable"/>; else null.
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

    /// <summary>Moves the tensors out of the current dispose scope.</summary>
    internal FeatureDatasetRows MoveToOuterDisposeScope()
    {
        Inputs.MoveToOuterDisposeScope();
        Labels.MoveToOuterDisposeScope();
        FeatureDistances?.MoveToOuterDisposeScope();
        Success?.MoveToOuterDisposeScope();
        EnsembleCorrect?.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>The rows of all batches as one.</summary>
    internal static FeatureDatasetRows Join(List<FeatureDatasetRows> passes)
    {
        if (passes is [var only])
            return only;
        Tensor? Joined(Func<FeatureDatasetRows, Tensor?> part) =>
            part(passes[0]) is null ? null : cat(passes.ConvertAll(pass => part(pass)!));
        IReadOnlyList<long>? Listed(Func<FeatureDatasetRows, IReadOnlyList<long>?> part) =>
            part(passes[0]) is null ? null : [.. passes.SelectMany(pass => part(pass)!)];
        return new FeatureDatasetRows(Joined(pass => pass.Inputs)!, Joined(pass => pass.Labels)!)
        {
            Positions = Listed(pass => pass.Positions),
            InitialRows = Listed(pass => pass.InitialRows),
            FeatureDistances = Joined(pass => pass.FeatureDistances),
            Success = Joined(pass => pass.Success),
            EnsembleCorrect = Joined(pass => pass.EnsembleCorrect),
        };
    }
}

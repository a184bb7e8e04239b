using ML.Robustness.Persistence;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>
/// A checkpoint in memory: the state of the run, its weights, the optimiser's state, and the averaged and best weights.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private static readonly HashedFile Format =
        new("MLRTRAIN", 1, "a training checkpoint", "Give another path, or delete the file to train from the start.");

    private Checkpoint(CheckpointState state, ModelState weights, OptimizerState memory, ModelState? average, ModelState? best) =>
        (State, Weights, Memory, Average, Best) = (state, weights, memory, average, best);

    internal CheckpointState State { get; }

    internal ModelState Weights { get; }

    internal OptimizerState Memory { get; }

    internal ModelState? Average { get; }

    internal ModelState? Best { get; }

    internal static void Write(OwnedPath path, CheckpointState state, Module<Tensor, Tensor> model, OptimizerHelper optimizer,
        ModelState? average, ModelState? best) =>
        Format.Write(path, writer =>
        {
            using var weights = ModelState.Capture(model);
            state.Write(writer);
            weights.Write(writer);
            OptimizerState.Write(writer, optimizer);
            WriteOptional(writer, average);
            WriteOptional(writer, best);
        });

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file is no checkpoint, or not whole.</exception>
    internal static Checkpoint Read(string path)
    {
        using var scope = NewDisposeScope();
        var checkpoint = Format.Read(path, reader => new Checkpoint(
            CheckpointState.Read(reader), ModelState.Read(reader), OptimizerState.Read(reader), ReadOptional(reader),
            ReadOptional(reader)));
        checkpoint.Weights.Detach();
        checkpoint.Memory.Detach();
        checkpoint.Average?.Detach();
        checkpoint.Best?.Detach();
        return checkpoint;
    }

    /// <summary>Throws an error if the checkpoint belongs to another run.</summary>
    /// <exception cref="InvalidOperationException">The network or a setting is another one.</exception>
    internal void CheckBelongsTo(
        string path, Module<Tensor, Tensor> model, IReadOnlyList<(string Name, string Value)> settings, OptimizerHelper optimizer,
        IReadOnlyList<Parameter> parameters)
    {
        const string Advice =
            "Restore what it was trained with, give another CheckpointPath, or set Resume to false to train from the start.";
        if ((Weights.Mismatch(model) ?? Average?.Mismatch(model) ?? Best?.Mismatch(model)) is { } difference)
            throw new InvalidOperationException($"Checkpoint '{path}' is of another network: {difference}. {Advice}");
        foreach (var ((name, here), (_, there)) in settings.Zip(State.Settings))
        {
            if (here != there)
                throw new InvalidOperationException(
                    $"Checkpoint '{path}' is of a run with other settings: {name} is {here}, in the "
                        + $"checkpoint {there}. {Advice}");
        }

        if (settings.Count != State.Settings.Count)
            throw new InvalidOperationException(
                $"Checkpoint '{path}' is of a run with {State.Settings.Count} settings, and this one "
                    + $"has {settings.Count}. {Advice}");
        if (Memory.Mismatch(optimizer, parameters) is { } memory)
            throw new InvalidOperationException($"Checkpoint '{path}' is of another optimizer: {memory}. {Advice}");
    }

    public void Dispose()
    {
        Weights.Dispose();
        Memory.Dispose();
        Average?.Dispose();
        Best?.Dispose();
    }

    private static void WriteOptional(BinaryWriter writer, ModelState? state)
    {
        writer.Write(state is not null);
        state?.Write(writer);
    }

    private static ModelState? ReadOptional(CheckedReader reader) => reader.ReadBoolean() ? ModelState.Read(reader) : null;
}

using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>The state of an optimiser: for each parameter a step count and a few tensors.</summary>
internal sealed class OptimizerState : IDisposable
{
    private readonly (long Step, Tensor[] Values)[] _entries;

    private OptimizerState((long, Tensor[])[] entries) => _entries = entries;

    internal static void Write(BinaryWriter writer, OptimizerHelper optimizer)
    {
        var states = optimizer.state_dict().State;
        writer.Write(states.Count);
        foreach (var state in states)
        {
            var (step, values) = Parts(state);
            writer.Write(step);
            writer.Write(values.Length);
            foreach (var value in values) TensorRecord.Write(writer, value);
        }
    }

    /// <summary>Reads a state, whose tensors belong to the current dispose scope.</summary>
    internal static OptimizerState Read(CheckedReader reader)
    {
        var entries = new (long, Tensor[])[reader.ReadCount("states of parameters", sizeof(long) + sizeof(int))];
        for (var i = 0; i < entries.Length; i++)
        {
            var step = reader.ReadInt64();
            var values = new Tensor[reader.ReadCount("tensors of an optimizer", TensorRecord.LeastLength)];
            for (var j = 0; j < values.Length; j++) values[j] = TensorRecord.Read(reader);
            entries[i] = (step, values);
        }

        return new OptimizerState(entries);
    }

    /// <summary>Takes the tensors out of their dispose scope.</summary>
    internal void Detach()
    {
        foreach (var (_, values) in _entries)
            foreach (var value in values) value.DetachFromDisposeScope();
    }

    /// <summary>Describes the difference to what an optimizer keeps; null if there is none.</summary>
    internal string? Mismatch(OptimizerHelper optimizer, IReadOnlyList<Parameter> parameters)
    {
        var states = optimizer.state_dict().State;
        if (_entries.Length != states.Count || states.Count != parameters.Count)
            return $"the optimizer keeps states of {states.Count} parameters, the checkpoint of {_entries.Length}";
        for (var i = 0; i < states.Count; i++)
        {
            var values = _entries[i].Values;
            // Momentum is there from the first step on, or not at all.
            if (values.Length != 2 && (states[i] is AdamW.State || values.Length > 1))
                return $"the optimizer keeps {Parts(states[i]).Values.Length} tensors of parameter {i}, the checkpoint "
                    + $"{values.Length}";
            if (Array.Find(values, value => !value.shape.AsSpan().SequenceEqual(parameters[i].shape)) is { } other)
                return $"parameter {i} is {TensorShape.Text(parameters[i])}, its state in the checkpoint "
                    + $"{TensorShape.Text(other)}";
        }

        return null;
    }

    // Not the optimiser's own load_state_dict: it gives dense tensors where the weights are channels-last, and mixed strides
    // round otherwise.
    internal void CopyTo(OptimizerHelper optimizer, IReadOnlyList<Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        var states = optimizer.state_dict().State;
        for (var i = 0; i < states.Count; i++)
        {
            var values = _entries[i].Values.Select(value => empty_like(parameters[i]).copy_(value).DetachFromDisposeScope())
                .ToArray();
            switch (states[i])
            {
                case SGD.State state:
                    state.momentum_buffer?.Dispose();
                    state.momentum_buffer = values.Length == 1 ? values[0] : null;
                    break;
                case AdamW.State state:
                    state.exp_avg.Dispose();
                    state.exp_avg_sq.Dispose();
                    (state.step, state.exp_avg, state.exp_avg_sq) = (_entries[i].Step, values[0], values[1]);
                    break;
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, values) in _entries)
            foreach (var value in values) value.Dispose();
    }

    private static (long Step, Tensor[] Values) Parts(TorchSharp.Modules.OptimizerState state) => state switch
    {
        SGD.State sgd => (0, sgd.momentum_buffer is null ? [] : [sgd.momentum_buffer]),
        AdamW.State adam => (adam.step, [adam.exp_avg, adam.exp_avg_sq]),
        _ => throw new NotSupportedException($"The state of {state.GetType()} cannot be kept in a checkpoint."),
    };
}

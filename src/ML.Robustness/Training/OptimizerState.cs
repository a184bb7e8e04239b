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

    internal static OptimizerState Read(BinaryReader reader)
    {
        var entries = new (long, Tensor[])[reader.ReadInt32()];
        for (var i = 0; i < entries.Length; i++)
        {
            var step = reader.ReadInt64();
            var values = new Tensor[reader.ReadInt32()];
            for (var j = 0; j < values.Length; j++) values[j] = TensorRecord.Read(reader);
            entries[i] = (step, values);
        }

        return new OptimizerState(entries);
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

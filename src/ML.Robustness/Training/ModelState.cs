using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>A copy of all parameters and buffers of a network.</summary>
internal sealed class ModelState : IDisposable
{
    private readonly (string Name, Tensor Value)[] _entries;

    private ModelState((string, Tensor)[] entries) => _entries = entries;

    internal static ModelState Capture(Module<Tensor, Tensor> model)
    {
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        return new ModelState(
            [.. Tensors(model).Select(entry => (entry.Name, entry.Value.detach().clone().DetachFromDisposeScope()))]);
    }

    internal void CopyTo(Module<Tensor, Tensor> model)
    {
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        foreach (var ((_, target), (_, value)) in Tensors(model).Zip(_entries)) target.copy_(value);
    }

    /// <summary>Updates the copy as a moving average of the network's parameters; buffers are copied.</summary>
    internal void Average(Module<Tensor, Tensor> model, double decay)
    {
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        var parameters = model.named_parameters().Count();
        foreach (var ((_, weight), index) in Tensors(model).Select((entry, index) => (entry, index)))
        {
            var average = _entries[index].Value;
            if (index < parameters && weight.is_floating_point()) average.mul_(Kept(decay)).add_(weight, alpha: Kept(1 - decay));
            else average.copy_(weight);
        }
    }

    /// <summary>Describes the difference between the network and the one that was copied; null if there is none.</summary>
    internal string? Mismatch(Module<Tensor, Tensor> model)
    {
        var tensors = Tensors(model).Select(entry => (entry.Name, Text: Describe(entry.Value))).ToArray();
        for (var i = 0; i < Math.Max(tensors.Length, _entries.Length); i++)
        {
            var here = i < tensors.Length ? $"'{tensors[i].Name}' {tensors[i].Text}" : "none";
            var there = i < _entries.Length ? $"'{_entries[i].Name}' {Describe(_entries[i].Value)}" : "none";
            if (here != there) return $"tensor {i} of the network is {here}, in the checkpoint {there}";
        }

        return null;
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(_entries.Length);
        foreach (var (name, value) in _entries)
        {
            writer.Write(name);
            TensorRecord.Write(writer, value);
        }
    }

    /// <summary>Reads a copy, whose tensors belong to the current dispose scope.</summary>
    internal static ModelState Read(CheckedReader reader)
    {
        var entries = new (string, Tensor)[reader.ReadCount("tensors", 1 + TensorRecord.LeastLength)];
        for (var i = 0; i < entries.Length; i++) entries[i] = (reader.ReadString(), TensorRecord.Read(reader));
        return new ModelState(entries);
    }

    /// <summary>Takes the tensors out of their dispose scope.</summary>
    internal void Detach()
    {
        foreach (var (_, value) in _entries) value.DetachFromDisposeScope();
    }

    /// <summary>
    /// The copy with the strides and on the device of the network's tensors, so that arithmetic rounds as before saving.
    /// </summary>
    internal ModelState LaidOutAs(Module<Tensor, Tensor> model)
    {
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        return new ModelState(
            [
                .. Tensors(model).Zip(_entries)
                .Select(
                    pair => (pair.First.Name, empty_like(pair.First.Value).copy_(pair.Second.Value).DetachFromDisposeScope()))]);
    }

    public void Dispose()
    {
        foreach (var (_, value) in _entries) value.Dispose();
    }

    private static string Describe(Tensor value) => $"{value.dtype} {TensorShape.Text(value)}";

    private static IEnumerable<(string Name, Tensor Value)> Tensors(Module<Tensor, Tensor> model) =>
        model.named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter))
            .Concat(model.named_buffers().Select(entry => (entry.name, entry.buffer)));
}

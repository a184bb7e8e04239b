using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Graph;

/// <summary>What nodes computed from the sizes of inputs, for a few shapes of them.</summary>
internal sealed class SizeCache : IDisposable
{
    private const int MostShapes = 16;

    private readonly ConcurrentDictionary<string, Dictionary<int, Tensor>> _known = new(StringComparer.Ordinal);

    internal Dictionary<int, Tensor>? Find(long[] shape) =>
        _known.IsEmpty ? null : _known.GetValueOrDefault(string.Join(',', shape));

    /// <summary>Keeps values, out of the current dispose scope.</summary>
    internal void Add(long[] shape, Dictionary<int, Tensor> values)
    {
        if (values.Count == 0 || _known.Count >= MostShapes)
            return;
        var kept = values.ToDictionary(entry => entry.Key, entry => entry.Value.detach().DetachFromDisposeScope());
        if (!_known.TryAdd(string.Join(',', shape), kept))
            Free(kept);
    }

    public void Dispose()
    {
        foreach (var values in _known.Values)
            Free(values);
        _known.Clear();
    }

    private static void Free(Dictionary<int, Tensor> values)
    {
        foreach (var value in values.Values)
            value.Dispose();
    }
}

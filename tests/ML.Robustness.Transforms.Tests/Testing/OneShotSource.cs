using System.Collections.Concurrent;
using Microsoft.ML;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Rows that can be had once: they are taken out of a collection, as from a queue.</summary>
internal static class OneShotSource
{
    internal static IDataView Of<T>(MLContext ml, IEnumerable<T> rows) where T : class
    {
        var queue = new BlockingCollection<T>();
        foreach (var row in rows)
            queue.Add(row);
        queue.CompleteAdding();
        return ml.Data.LoadFromEnumerable(queue.GetConsumingEnumerable());
    }
}

using ML.Robustness.Onnx.Nodes;
using Onnx;

namespace ML.Robustness.Onnx.Graph;

/// <summary>Finds the nodes that an output depends on, in the order in which they run.</summary>
internal static class GraphOrder
{
    /// <summary>The nodes, and the one that makes the output; null where the output is no node's.</summary>
    /// <exception cref="InvalidDataException">The nodes form a circle, or two make one value.</exception>
    internal static (List<NodeProto> Nodes, NodeProto? Last) Sort(GraphProto graph, string output, string file)
    {
        var makers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var name in node.Output.Where(name => name.Length > 0))
            {
                if (!makers.TryAdd(name, node))
                    throw new InvalidDataException($"{file}: two nodes make the value '{name}'.");
            }
        }

        var (order, begun, done) = (new List<NodeProto>(), new HashSet<NodeProto>(ReferenceEqualityComparer.Instance),
            new HashSet<NodeProto>(ReferenceEqualityComparer.Instance));
        // Without recursion: graphs may be thousands of nodes deep.
        var open = new Stack<NodeProto>();
        if (makers.TryGetValue(output, out var last))
            open.Push(last);
        while (open.TryPeek(out var node))
        {
            if (done.Contains(node))
            {
                open.Pop();
                continue;
            }
            begun.Add(node);
            var waiting = false;
            foreach (var name in node.Input)
            {
                if (!makers.TryGetValue(name, out var maker) || done.Contains(maker))
                    continue;
                // What has begun and is not done waits for this node.
                if (begun.Contains(maker))
                    throw new InvalidDataException($"{file}: the nodes before {NodeReader.NameOf(node)} form a circle.");
                open.Push(maker);
                waiting = true;
            }
            if (waiting)
                continue;
            done.Add(node);
            order.Add(node);
            open.Pop();
        }
        return (order, last);
    }
}
